-- One database for each service; none can see another's.
CREATE DATABASE "order";
CREATE DATABASE inventory;
CREATE DATABASE payment;
