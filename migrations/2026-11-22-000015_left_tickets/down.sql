DROP TABLE left_tickets;
