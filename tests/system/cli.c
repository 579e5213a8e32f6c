/* See cli.h. */
#include "tests/system/cli.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *db;
char key[] = "/tmp/cli-key-XXXXXX";

/* `len` octets that only we may read. */
void
write_key(size_t len)
{
	char bytes[64] = "0123456789abcdefghijklmnopqrstuvwxyz";
	int fd = open(key, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	chmod(key, 0600);
}

void
take_empty(void)
{
	db = command_make_database();
	close(mkstemp(key));
	write_key(32);
}

void
take_migrated(void)
{
	take_empty();
	auto_ran ran = run_certwright(db, "migrate", NULL);

	cr_assert_eq(ran.code, 0, "%s", ran.err);
}

void
give_back(void)
{
	command_drop_database(db);
	unlink(key);
}

void
assert_error(const struct ran *ran, int code, const char *part)
{
	const char *newline = strchr(ran->err, '\n');

	cr_assert_eq(ran->code, code, "%d: %s", ran->code, ran->err);
	cr_assert_eq(strncmp(ran->err, "certwright: ", 12), 0, "%s", ran->err);
	cr_assert_not_null(strstr(ran->err, part), "\"%s\" is not in: %s", part, ran->err);
	cr_assert_not_null(newline);
	cr_assert_eq(newline[1], '\0', "more than one line: %s", ran->err);
	cr_assert_str_eq(ran->out, "");
}

void
assert_says(const struct ran *ran, const char *part)
{
	cr_assert_eq(ran->code, 0, "%d: %s", ran->code, ran->err);
	cr_assert_not_null(strstr(ran->out, part), "\"%s\" is not in: %s", part, ran->out);
}

json_t *
json_of(const struct ran *ran)
{
	auto_arena *a = arena_new(1 << 16);
	json_t *json = json_read(ran->out, strlen(ran->out), 1 << 20, a, NULL);

	cr_assert_eq(ran->code, 0, "%d: %s", ran->code, ran->err);
	cr_assert_not_null(json, "not JSON: %s", ran->out);
	return json;
}
