INSERT INTO owners (owner_id, name, city) VALUES (1, 'Aoife O''Brien', 'Galway'), (2, 'Ann "Ace" Lee', NULL), (3, 'Jürgen Weiß', 'Tübingen');

INSERT INTO cars (car_id, make, model, year, price, sold, built, owner_id, secret, notes) VALUES
(1, 'Toyota', 'Corolla', 1966, '1000.00', TRUE, '1966-11-05 08:00:00', 1, 's1', NULL),
(2, 'Toyota', 'Prius', 1997, '2500.50', FALSE, '1997-12-10 09:30:00', 2, 's2', 'hybrid, 100% fun'),
(3, 'Fiat', 'Panda', 1980, '800', TRUE, '1980-03-05 10:00:00.5', NULL, 's3', 'under_score'),
(4, 'fiat', '500', 1957, '1200.75', FALSE, NULL, 1, 's4', 'back\slash'),
(5, 'Škoda', 'Octavia', 1996, NULL, TRUE, '1996-04-03 00:00:00', NULL, 's5', 'quote " and '' apostrophe'),
(6, 'Citroën', 'DS', 1955, '30000', FALSE, '1955-10-05 12:00:00.000000001', 3, 's6', 'Déesse'),
(7, 'Mazda', 'MX-5', 1989, '-5.5', FALSE, '1989-02-09 23:59:59.999', 2, 's7', ''),
(8, 'Ford', 'T', 1908, '12345678901234567890.12', TRUE, '1908-10-01 00:00:00', NULL, 's8', 'a*b?c[d]'),
(9, 'Ford', 'Focus', NULL, '1200.750', FALSE, NULL, 3, 's9', NULL),
(10, 'Tesla', 'Model S', 2012, '70000', TRUE, '2012-06-22 18:00:00.500', NULL, 's10', 'electric & fast'),
(11, 'Land Rover', 'Defender', 1983, '9000.1', FALSE, '2016-01-29 09:22:00', 1, 's11', 'a+b=c'),
(12, 'Renault', '4', 1961, '700', TRUE, '1961-08-03 06:30:00', NULL, 's12', NULL);

INSERT INTO texts (name, n) VALUES ('plain', 1), ('with space', 2), ('a/b', 3), ('.', 4), ('..', 5), ('', 6), ('~', 7), ('~tilde', 8), ('ünïcode', 9), ('q?x#y', 10),
('100%', 11), ('a,b', 12), ('quote''"', 13), ('+', 14), ('line
break', 15), ('%41', 16), ('A', 17), ('a', 18), ('-._~', 19), ('null', 20);
INSERT INTO days (day, n) VALUES ('2014-01-02', 1), ('2000-02-29', 2);

INSERT INTO "order by ""x""; --" ("group", "sp ace", "qu""ote", "page", "a", "a__year", "a__b", "ünï", "mark!", "total") VALUES
(1, 'one', 'x', 3, '2010-05-05', 1999, 'p', 'ä', 'm', 5), (2, 'two', 'y', 4, '2011-06-06', 2010, 'q', 'ö', 'n', 4), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO numbers (id, tie) WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 2600)
SELECT n, CASE WHEN n % 10 = 0 THEN NULL ELSE n % 7 END FROM up;
INSERT INTO single (id, tie) VALUES (1, NULL);
INSERT INTO nodes (id, parent_id) VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO drifted (id, kept) VALUES (1, 2);
