DROP TABLE unfinished_disconnects;
COMMENT ON COLUMN credentials.status IS 'retired: replaced, kept encrypted until wipe_at for a way back';
