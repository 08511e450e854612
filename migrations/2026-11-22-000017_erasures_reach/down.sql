DROP TABLE pruned_quotes;
ALTER TABLE decision_snapshots DROP COLUMN tickets;
