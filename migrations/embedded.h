#ifndef MIGRATIONS_EMBEDDED_H
#define MIGRATIONS_EMBEDDED_H
/*
 * The SQL files, made part of the program by tools/embed-sql.  Both lists are
 * in the order in which they are applied and end with a NULL name.
 */
struct migration {
	const char *name;	/* "0001_tables.sql", "functions/queue.sql" */
	const char *text;	/* the whole file */
	const char *hash;	/* SHA-256 of the text, hexadecimal */
};

extern const struct migration migrations_numbered[];	/* each is applied once, for ever */
extern const struct migration migrations_functions[];	/* applied anew when any of them changes */
#endif
