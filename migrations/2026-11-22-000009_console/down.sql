DROP INDEX activity_newest;
