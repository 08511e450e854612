DROP TABLE merged_tickets;
