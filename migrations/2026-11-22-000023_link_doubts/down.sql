DROP TABLE link_doubts;
