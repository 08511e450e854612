DROP TABLE team_lists;
