/*
 * dcv/publish against the name servers that providers have.  ROUNDS=100 for
 * as many rounds of sixteen at once.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dcv/publish.h"
#include "io/dns.h"
#include "io/watch.h"
#include "tests/kit/folder.h"
#include "tests/net/name_server.h"
#include "tests/net/servers.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
#define NAME "shop.customer.test.0123456789abcdef.dcv.test"
#define SECRET NAME_SERVER_SECRET
enum { AT_ONCE = 16, ROUNDS = 8 };

static struct loop *loop;
static struct arena *arena;
static char folder[64];

static void
up(void)
{
	folder_enter(folder);
	loop = loop_new();
	arena = arena_new(64 << 20);
}

static void
down(void)
{
	loop_free(loop);
	arena_free(arena);
	folder_leave(folder);
}

TestSuite(publish, .init = up, .fini = down, .timeout = 300);

static void
write_key(const char *text, mode_t mode)
{
	int fd;

	unlink("key");
	fd = open("key", O_WRONLY | O_CREAT | O_EXCL, 0600);
	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
	close(fd);
}

static struct publisher *
publisher_at(unsigned port, const char *domain, const char *key)
{
	const struct publish_options options = { .domain = domain, .key_file = "key",
	    .server = arena_printf(arena, "127.0.0.1:%u", port) };
	struct err err = { 0 };
	struct publisher *p;

	write_key(key, 0600);
	p = publisher_open(loop, &options, &err);
	cr_assert_not_null(p, "%s", err.detail);
	return p;
}

/* ---- questions ------------------------------------------------------------------ */

struct pushed {
	struct publish_ask ask;
	struct question question;
	struct asked asked;	/* first, in spirit: how an answer finds us */
	struct err err;
	bool is_answered;
};

static struct pushed pushes[AT_ONCE];
static size_t waiting;
static struct job job;

static void
on_answer(struct asked *asked, struct answer answer)
{
	for (size_t i = 0; i < AT_ONCE; i++)
		if (&pushes[i].asked == asked) {
			cr_assert_not(pushes[i].is_answered);
			pushes[i].is_answered = true;
			pushes[i].err = answer.err;
		}
	if (--waiting == 0)
		loop_stop(loop);
}

static void
begin(size_t i, struct publisher *p, const char *name, const char *const *add, const char *const *remove)
{
	struct pushed *push = &pushes[i];

	*push = (struct pushed){ .ask = { .name = name, .add = add, .remove = remove } };
	push->question = (struct question){ .kind = QUESTION_PUBLISH, .detail = &push->ask };
	push->asked = (struct asked){ .job = &job, .question = &push->question, .arena = arena, .answered = on_answer };
	waiting++;
	publish_perform(p, &push->asked);
}

static void
await(void)
{
	if (waiting > 0)
		loop_run(loop);
	cr_assert_eq(waiting, 0);
}

static void
now_is(int64_t now)
{
	job = (struct job){ .id = "one", .name = NAME, .now = now };
}

static const struct err *
push_at(struct publisher *p, const char *name, const char *const *add, const char *const *remove)
{
	begin(0, p, name, add, remove);
	await();
	return &pushes[0].err;
}

static void
push(struct publisher *p, const char *const *add, const char *const *remove)
{
	const struct err *err = push_at(p, NAME, add, remove);

	cr_assert_null(err->code, "%s: %s", err->code, err->detail);
}

static void
expect_err(const struct err *err, const char *code, const char *part)
{
	cr_assert_not_null(err->code, "no %s", code);
	cr_expect_str_eq(err->code, code, "%s instead of %s: %s", err->code, code, err->detail);
	cr_expect(err->detail != NULL && strstr(err->detail, part) != NULL, "%s", err->detail);
	cr_expect(err->detail == NULL || strstr(err->detail, "kx148") == NULL);
}

/* ---- what is there ----------------------------------------------------------------- */

static const char *seen;

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
on_txt(void *arg, const struct dns_reply *reply, const struct err *err)
{
	const char *values[128];
	size_t count = 0;

	(void)arg;
	cr_assert_not_null(reply, "%s", err != NULL ? err->code : "");
	for (size_t i = 0; i < reply->count; i++)
		values[count++] = arena_strdup(arena, reply->records[i].value);
	qsort(values, count, sizeof values[0], compare);
	seen = "";
	for (size_t i = 0; i < count; i++)
		seen = arena_printf(arena, "%s%s ", seen, values[i]);
	loop_stop(loop);
}

/* The values at a name, sorted. */
static const char *
values_at(const struct name_server *s, const char *name)
{
	struct dns *dns = dns_open(loop, arena_printf(arena, "127.0.0.1:%u", s->port), NULL);

	seen = NULL;
	dns_ask_how(dns, name, DNS_TXT, DNS_DIRECT, on_txt, NULL);
	if (seen == NULL)
		loop_run(loop);
	dns_close(dns);
	return seen;
}

/* ---- with both --------------------------------------------------------------------- */

static const char *
key_text(const char *algorithm, int form)
{
	if (form == 0)
		return arena_printf(arena, "key \"%s\" {\n\talgorithm %s;\n\tsecret \"" SECRET "\";\n};\n", algorithm, algorithm);
	if (form == 1)
		return arena_printf(arena, "# %s:%s:" SECRET "\nkey:\n  - id: %s\n    algorithm: %s\n    secret: " SECRET "\n",
		    algorithm, algorithm, algorithm, algorithm);
	return arena_printf(arena, "%s:%s:" SECRET "\n", algorithm, algorithm);
}

/* Values come and go one by one, with each algorithm and each form of a key. */
static void
check_values(bool is_bind)
{
	struct name_server s = name_server_start(loop, is_bind);

	now_is(time(NULL));
	cr_assert(name_server_update(&s, "update add " NAME ". 60 TXT \"foreign\""));
	for (size_t i = 0; name_server_algorithms[i] != NULL; i++) {
		struct publisher *p = publisher_at(s.port, "dcv.test", key_text(name_server_algorithms[i], (int)(i % 3)));

		push(p, LIST("one", "two", "3 \"x\" ;y"), LIST());
		cr_expect_str_eq(values_at(&s, NAME), "3 \"x\" ;y foreign one two ");
		push(p, LIST("four"), LIST("two", "never there"));
		cr_expect_str_eq(values_at(&s, NAME), "3 \"x\" ;y foreign four one ");
		push(p, LIST("four"), LIST());		/* again: it is there */
		push(p, LIST(), LIST("one", "3 \"x\" ;y", "four"));
		cr_expect_str_eq(values_at(&s, NAME), "foreign ");
		publisher_close(p);
	}
	name_server_stop(&s);
}

Test(publish, values_come_and_go_at_knot)
{
	check_values(false);
}

Test(publish, values_come_and_go_at_bind)
{
	if (!name_server_has_bind())
		cr_skip_test("BIND is not installed");
	check_values(true);
}

static const char *
value_of(size_t round, size_t i)
{
	return arena_printf(arena, "value-%03zu-%02zu-0123456789abcdefghijklmnopq", round, i);
}

/* Each of sixteen adds a value and removes that of the round before; one of
 * them is a foreign name server's user. */
static void
check_many_at_once(bool is_bind)
{
	struct name_server s = name_server_start(loop, is_bind);
	struct publisher *p = publisher_at(s.port, "dcv.test", "hmac-sha256:hmac-sha256:" SECRET);
	size_t rounds = getenv("ROUNDS") != NULL ? strtoul(getenv("ROUNDS"), NULL, 10) : ROUNDS;

	now_is(time(NULL));
	cr_assert(name_server_update(&s, "update add " NAME ". 60 TXT \"foreign\"\nupdate add " NAME ". 60 TXT \"another\""));
	for (size_t n = 0; n <= rounds; n++) {
		const char *expected = "another foreign ";

		for (size_t i = 0; i < AT_ONCE; i++) {
			const char **lists = arena_alloc(arena, 4 * sizeof *lists);

			if (n < rounds) {
				lists[0] = value_of(n, i);
				expected = arena_printf(arena, "%s%s ", expected, lists[0]);
			}
			if (n > 0)
				lists[2] = value_of(n - 1, i);
			begin(i, p, NAME, lists, lists + 2);
		}
		await();
		for (size_t i = 0; i < AT_ONCE; i++)
			cr_assert_null(pushes[i].err.code, "round %zu: %s: %s", n, pushes[i].err.code, pushes[i].err.detail);
		cr_assert_str_eq(values_at(&s, NAME), expected, "round %zu: %s", n, seen);
	}
	publisher_close(p);
	name_server_stop(&s);
}

Test(publish, sixteen_at_once_leave_nothing_over_at_knot)
{
	check_many_at_once(false);
}

Test(publish, sixteen_at_once_leave_nothing_over_at_bind)
{
	if (!name_server_has_bind())
		cr_skip_test("BIND is not installed");
	check_many_at_once(true);
}

static void
check_refusals(bool is_bind)
{
	static const struct { const char *domain, *key; int64_t late; const char *why; } rows[] = {
		{ "dcv.test", "hmac-sha256:hmac-sha256:AAAAGKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk0=", 0, "NOTAUTH (BADSIG)" },
		{ "dcv.test", "hmac-sha256:nobody:" SECRET, 0, "NOTAUTH (BADKEY)" },
		{ "dcv.test", "hmac-sha256:hmac-sha256:" SECRET, 4000, "NOTAUTH (BADTIME): its clock is " },
		{ "dcv.test", "hmac-sha256:hmac-sha256:" SECRET, -4000, "NOTAUTH (BADTIME): its clock is " },
		{ "locked.test", "hmac-sha256:hmac-sha256:" SECRET, 0, NULL },
		{ "elsewhere.test", "hmac-sha256:hmac-sha256:" SECRET, 0, "NOTAUTH" },
	};
	struct name_server s = name_server_start(loop, is_bind);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct publisher *p = publisher_at(s.port, rows[i].domain, rows[i].key);
		const char *name = arena_printf(arena, "shop.test.id.%s", rows[i].domain);
		const struct err *err;

		now_is(time(NULL) - rows[i].late);
		err = push_at(p, name, LIST("a"), LIST());
		expect_err(err, "publish_refused", rows[i].why != NULL ? rows[i].why : is_bind ? "REFUSED" : "NOTAUTH");
		if (rows[i].late != 0)
			expect_err(err, "publish_refused", rows[i].late > 0 ? " s ahead of" : " s behind");
		if (rows[i].late == 0)
			expect_err(err, "publish_refused", name);
		publisher_close(p);
	}
	name_server_stop(&s);
}

Test(publish, a_refusal_of_knot_is_told_by_its_name)
{
	check_refusals(false);
}

Test(publish, a_refusal_of_bind_is_told_by_its_name)
{
	if (!name_server_has_bind())
		cr_skip_test("BIND is not installed");
	check_refusals(true);
}

Test(publish, what_is_taken_but_not_served_is_missing)
{
	struct name_server s;
	struct publisher *p;

	if (!name_server_has_bind())
		cr_skip_test("BIND is not installed");
	s = name_server_start(loop, true);
	p = publisher_at(s.port, "quiet.test", "hmac-sha256:hmac-sha256:" SECRET);
	now_is(time(NULL));
	expect_err(push_at(p, "shop.test.id.quiet.test", LIST("a"), LIST()), "publish_missing", "it answers with code 5");
	publisher_close(p);
	name_server_stop(&s);
}

/* ---- servers that are none ------------------------------------------------------------ */

struct bad_server {
	int listener, peer;
	struct watch *accepts, *reads;
	const char *reply;	/* its octets; "" closes, NULL is silent */
	size_t len;
	bool repeats_id;
};

static void
on_query(void *arg, bool readable, bool writable)
{
	struct bad_server *b = arg;
	unsigned char query[4096], reply[512];
	ssize_t n = recv(b->peer, query, sizeof query, MSG_DONTWAIT);

	(void)readable, (void)writable;
	if (n < 4 || b->reply == NULL)
		return;
	memcpy(reply, b->reply, b->len);
	if (b->repeats_id)
		memcpy(reply + 2, query + 2, 2);
	if (b->len > 0)
		cr_assert_eq(send(b->peer, reply, b->len, MSG_NOSIGNAL), (ssize_t)b->len);
	else
		shutdown(b->peer, SHUT_RDWR);
	watch_for(b->reads, false, false);
}

static void
on_connection(void *arg, bool readable, bool writable)
{
	struct bad_server *b = arg;

	(void)readable, (void)writable;
	if (b->peer >= 0)
		return;
	b->peer = accept(b->listener, NULL, NULL);
	cr_assert_geq(b->peer, 0);
	b->reads = watch_new(loop, b->peer, on_query, b);
	watch_for(b->reads, true, false);
}

static void
expect_of(struct bad_server b, const char *code, const char *part)
{
	struct publisher *p;
	unsigned port = 0;

	b.listener = server_socket(SOCK_STREAM, &port);
	b.peer = -1;
	b.accepts = watch_new(loop, b.listener, on_connection, &b);
	watch_for(b.accepts, true, false);
	p = publisher_at(port, "dcv.test", "hmac-sha256:hmac-sha256:" SECRET);
	expect_err(push_at(p, NAME, LIST("a"), LIST()), code, part);
	publisher_close(p);
	watch_free(b.accepts);
	watch_free(b.reads);
	close(b.listener);
	close(b.peer);
}

#define BAD(text) .reply = (text), .len = sizeof(text) - 1

Test(publish, a_server_that_is_none_is_told_as_what_it_is)
{
	struct publisher *p = publisher_at(dead_port(), "dcv.test", "hmac-sha256:hmac-sha256:" SECRET);

	now_is(time(NULL));
	expect_err(push_at(p, NAME, LIST("a"), LIST()), "publish_unreachable", "Connection refused");
	publisher_close(p);
	expect_of((struct bad_server){ .reply = "" }, "publish_unreachable", "127.0.0.1 port");
	expect_of((struct bad_server){ BAD("\0\x05HTTP?") }, "publish_signature", "it is not a reply to the update");
	expect_of((struct bad_server){ BAD("\0\0") }, "publish_signature", "it is not a reply to the update");
	expect_of((struct bad_server){ BAD("\0\x0c??\xa8\0\0\0\0\0\0\0\0\0"), .repeats_id = true },
	    "publish_signature", "it has no signature");
	expect_of((struct bad_server){ BAD("\0\x0c??\xa8\4\0\0\0\0\0\0\0\0"), .repeats_id = true },
	    "publish_refused", "NOTIMP, unsigned");
	expect_of((struct bad_server){ BAD("\0\x0c??\x80\5\0\0\0\0\0\0\0\0"), .repeats_id = true },
	    "publish_signature", "it is not a reply to the update");
	expect_of((struct bad_server){ BAD("\0\x0c??\x28\0\0\0\0\0\0\0\0\0"), .repeats_id = true },
	    "publish_signature", "it is not a reply to the update");
}

Test(publish, a_server_that_is_silent_is_waited_for_5_s)
{
	int64_t began = loop_now_ms(loop);

	now_is(time(NULL));
	expect_of((struct bad_server){ .reply = NULL }, "publish_unreachable", "no answer in time");
	cr_expect_geq(loop_now_ms(loop) - began, 5000);
}

/* ---- us --------------------------------------------------------------------------------- */

Test(publish, without_a_server_for_the_name_nothing_is_sent)
{
	struct publisher *p = publisher_at(dead_port(), "dcv.test", "hmac-sha256:hmac-sha256:" SECRET);

	now_is(time(NULL));
	begin(0, NULL, NAME, LIST("a"), LIST());
	await();
	cr_expect_str_eq(pushes[0].err.code, "publish_off");
	expect_err(push_at(p, "shop.test.id.earlier.test", LIST("a"), LIST()), "publish_off", "shop.test.id.earlier.test");
	expect_err(push_at(p, NAME, LIST("a\n"), LIST()), "publish_refused", "not printable");
	publisher_close(p);
}

Test(publish, what_is_under_way_at_the_end_is_answered_once)
{
	struct publisher *p = publisher_at(dead_port(), "dcv.test", "hmac-sha256:hmac-sha256:" SECRET);

	now_is(time(NULL));
	for (size_t i = 0; i < 3; i++)
		begin(i, p, NAME, LIST("a"), LIST());
	publisher_close(p);
	cr_expect_eq(waiting, 0);
	for (size_t i = 0; i < 3; i++)
		cr_expect_str_eq(pushes[i].err.code, "publish_off");
}

Test(publish, an_option_that_is_wrong_is_named)
{
	static const char good[] = "hmac-sha256:k:" SECRET;
	static const struct { struct publish_options options; const char *key; mode_t mode; const char *detail; } rows[] = {
		{ { "a..b", "127.0.0.1:53", "key" }, good, 0600, "dcv_domain: " },
		{ { "dcv.test", "ns.test:53", "key" }, good, 0600, "dcv_update_server: it is not ADDRESS:PORT" },
		{ { "dcv.test", "127.0.0.1:53", "" }, good, 0600, "dcv_update_key_file: dcv_update_server needs one" },
		{ { "dcv.test", "127.0.0.1:53", NULL }, good, 0600, "dcv_update_key_file: dcv_update_server needs one" },
		{ { "dcv.test", "127.0.0.1:53", "nothing" }, good, 0600, "dcv_update_key_file: the key file does not exist" },
		{ { "dcv.test", "127.0.0.1:53", "." }, good, 0600, "dcv_update_key_file: the key file is not a regular file" },
		{ { "dcv.test", "127.0.0.1:53", "key" }, good, 0640,
		    "dcv_update_key_file: the key file is open to its group or to others; use chmod 600" },
		{ { "dcv.test", "127.0.0.1:53", "key" }, "", 0600, "dcv_update_key_file: the file is not one TSIG key" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err = { 0 };

		write_key(rows[i].key, rows[i].mode);
		cr_expect_null(publisher_open(loop, &rows[i].options, &err), "row %zu", i);
		expect_err(&err, "bad_option", rows[i].detail);
	}
	publisher_close(NULL);
}
