ALTER TABLE credentials
    DROP COLUMN failed_generation,
    DROP COLUMN failed_attempts,
    DROP COLUMN failed_because,
    DROP COLUMN put_off_until;
