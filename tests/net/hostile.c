/* See hostile.h. */
#include "tests/net/hostile.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "acme/key.h"
#include "base/buf.h"
#include "base/json.h"
#include "scheduler/perform.h"
#include "tests/net/servers.h"

struct hostile hostile;

enum {
	MOST_REQUESTS = 10,
	MOST_MEMORY = 256 << 10,	/* as acme/client promises */
	MOST_DETAIL = 1600,		/* characters */
	MOST_SENT = 24 << 20,		/* with what the kernel's buffers take */
};

/* ---- the scene ------------------------------------------------------------------ */

static const char *const both[] = { "shop.example.com", "*.shop.example.com", NULL };
static const char *const alone[] = { "shop.example.com", NULL };

/* Names of others lead here too: whoever asks for one is seen. */
static void
ask_baits_for_names(void)
{
	unsigned port;
	struct err err = { 0 };

	hostile.names = server_socket(SOCK_DGRAM, &port);
	acme_client_close(bench.client);
	http_close(bench.http);
	dns_close(bench.dns);
	bench.dns = dns_open(bench.loop, arena_printf(bench.arena, "127.0.0.1:%u", port), &err);
	cr_assert_not_null(bench.dns, "%s", err.detail);
	bench.http = http_open(bench.loop, bench.dns, true);
	bench.client = acme_client_open(bench.loop, bench.http, bench.seal);
}

static void
make_pack(bool wildcard)
{
	hostile.part = (struct part){ .key_type = "p256", .expires = HOSTILE_NOW + 3600, .slot = HOSTILE_NOW,
	    .caa_at = HOSTILE_NOW, .csr = "MIIBAA", .tokens = { { .identifier = "shop.example.com",
	    .url = acme_at("/challenge/dns"), .method = "txt", .token = TOKEN, .key_authorization = TOKEN ".x",
	    .txt_value = "x", .status = "seen", .expires = HOSTILE_NOW + 3600 } }, .token_count = 1 };
	hostile.authority = (struct authority){ .ca = bench.row, .has_renewal_info = true };
	hostile.certificate = (struct certificate){ .hostname = "shop.example.com", .wildcard = wildcard,
	    .method = "txt", .version = "1", .http_port = "80", .wanted_authority = "",
	    .names = wildcard ? both : alone, .authority = &hostile.authority };
	hostile.job = (struct job){ .id = "pack", .name = "shop.example.com", .now = HOSTILE_NOW,
	    .since = HOSTILE_NOW, .retries = 75, .state = "pending_validation", .row = &hostile.certificate,
	    .arena = bench.arena };
}

void
hostile_begin(bool wildcard)
{
	acme_begin();
	hostile = (struct hostile){ 0 };
	hostile.web = server_socket(SOCK_STREAM, &hostile.bait);
	ask_baits_for_names();
	make_pack(wildcard);
}

void
hostile_end(void)
{
	close(hostile.web);
	acme_finish();
	close(hostile.names);
}

/* ---- what the CA says ------------------------------------------------------------ */

static const char *
repeat(struct buf *out, const char *at)
{
	char *text;
	long times = strtol(at, &text, 10);
	const char *end = strstr(text, ">>");

	cr_assert(*text == ':' && end != NULL, "%s", at);
	while (times-- > 0)
		buf_add(out, text + 1, (size_t)(end - text - 1));
	return end + 2;
}

const char *
hostile_text(const char *text)
{
	auto_buf out = { 0 };
	const char *ca_port = strrchr(fake_ca_base(bench.ca), ':') + 1;

	if (text == NULL)
		return NULL;
	buf_init(&out, 8 << 20);
	while (*text != '\0') {
		if (strncmp(text, "BAIT", 4) == 0) {
			buf_printf(&out, "%u", hostile.bait);
			text += 4;
		} else if (strncmp(text, "CAPORT", 6) == 0) {
			buf_puts(&out, ca_port);
			text += 6;
		} else if (strncmp(text, "<<", 2) == 0) {
			text = repeat(&out, text + 2);
		} else {
			buf_add(&out, text++, 1);
		}
	}
	return arena_strndup(bench.arena, out.data, out.len);
}

void
hostile_play(const struct fault *f)
{
	struct fault copy = *f;

	copy.headers = hostile_text(f->headers);
	copy.nonce = hostile_text(f->nonce);
	copy.again = hostile_text(f->again);
	if (f->body_len == 0)
		copy.body = hostile_text(f->body);
	fake_ca_play(bench.ca, &copy);
}

/* ---- what is asked --------------------------------------------------------------- */

/* The flow's own work, with the row as it would be then. */
static struct work
work_of(enum hostile_act act)
{
	static const enum act acts[] = { [PLACES] = PLACE_ORDER, [READS] = READ_TOKENS, [TELLS] = VALIDATE,
		[FINISHES] = FINALIZE, [POLLS] = READ_ORDER, [FETCHES] = DOWNLOAD };
	static const char *const statuses[] = { [TELLS] = "pending", [FINISHES] = "ready", [POLLS] = "processing",
		[FETCHES] = "valid" };
	struct part *p = &hostile.part;

	if (act != PLACES) {
		p->order_url = acme_at("/order/1");
		p->order_status = statuses[act];
		p->finalize_url = acme_at("/finalize/1");
		p->has_key = true;
	}
	p->certificate_url = act == FETCHES ? acme_at("/certificate/1") : NULL;
	hostile.certificate.parts[0] = *p;
	return (struct work){ acts[act], 0, 0 };
}

/* What no pack asks for. */
static struct acme_question
question_of(enum hostile_act act)
{
	struct acme_question q = { .act = act == LOOKS ? ACME_READ_DIRECTORY : act == FINDS ? ACME_FIND_ACCOUNT :
	    act == ROLLS ? ACME_ROLLOVER : act == REVOKES ? ACME_REVOKE : ACME_RENEWAL_INFO };
	char *sealed;

	if (act == ROLLS) {
		key_make_account(bench.arena, bench.seal, "certificate_authority/ca-1/new_key", &sealed);
		q.key = (struct acme_key){ sealed, "certificate_authority/ca-1/new_key" };
	}
	q.is_fresh = act == LOOKS;
	q.chain = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	q.cert_id = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	q.not_before = HOSTILE_NOW - 30 * 86400;
	q.not_after = HOSTILE_NOW + 60 * 86400;
	return q;
}

void
hostile_ask(const char *name, enum hostile_act act, const char *preferred_chain)
{
	struct questions q = { 0 };
	size_t before = arena_used(bench.arena);
	struct work work = { 0 };
	struct ask *ask;

	hostile.authority.ca = bench.row;
	hostile.authority.preferred_chain = preferred_chain;
	if (act < LOOKS) {
		work = work_of(act);
		work_ask(&hostile.job, &q, work);
		cr_assert(q.count == 1 && q.list[0].kind == QUESTION_ACME, "%s", name);
		ask = acme_start(*(const struct acme_question *)q.list[0].detail);
	} else {
		ask = acme_start(question_of(act));
	}
	acme_wait(ask);
	cr_assert_leq(arena_used(bench.arena) - before, MOST_MEMORY, "%s: %zu octets of the job's arena", name,
	    arena_used(bench.arena) - before);
	hostile.answer = ask->answer;
	hostile.result = work_start_result(&hostile.certificate);
	if (act < LOOKS)
		work_tell(&hostile.job, work, &ask->answer, &hostile.result);
}

/* ---- the judgement --------------------------------------------------------------- */

/* Text for one line of a log: no control character, UTF-8, and short. */
static void
judge_line(const char *name, const char *line)
{
	size_t len = strlen(line), characters = 0;
	auto_json *text = json_stringn(line, len);

	for (size_t i = 0; i < len; i++)
		characters += ((unsigned char)line[i] & 0xc0) != 0x80;
	cr_assert_leq(characters, MOST_DETAIL, "%s: a detail of %zu characters", name, characters);
	for (size_t i = 0; i < len; i++)
		cr_assert((unsigned char)line[i] >= ' ' && line[i] != 0x7f, "%s: octet %d in the detail", name, line[i]);
	cr_assert_null(strstr(line, "\xc2\x9b"), "%s: a C1 control in the detail", name);
	cr_assert_null(strstr(line, "\xe2\x80\xae"), "%s: a change of direction in the detail", name);
	cr_assert_not_null(text, "%s: the detail is not UTF-8", name);
}

void
hostile_judge_error(const struct script *s)
{
	const struct err *err = &hostile.answer.err;

	cr_assert_not_null(err->code, "%s: it went well", s->name);
	cr_assert_str_eq(err->code, s->code, "%s: %s is not %s: %s", s->name, err->code, s->code, err->detail);
	cr_assert_eq(err->blame, s->blame != BLAME_NONE ? s->blame : BLAME_CA, "%s: %s", s->name, blame_name(err->blame));
	cr_assert_eq(strncmp(err->detail, "test_ca: ", 9), 0, "%s: %s", s->name, err->detail);
	cr_assert_eq(err->retry_after, s->retry_after, "%s: %lld s", s->name, (long long)err->retry_after);
	if (s->says != NULL)
		cr_assert_not_null(strstr(err->detail, s->says), "%s: %s", s->name, err->detail);
	judge_line(s->name, err->detail);
	cr_assert_null(hostile.answer.detail, "%s", s->name);
}

static bool
somebody_came(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static void
judge_stored(const char *name)
{
	const struct result *r = &hostile.result;

	for (size_t i = 0; i < r->change_count; i++)
		cr_assert_null(r->changes[i].value, "%s: %s.%s would be stored", name, r->changes[i].of, r->changes[i].name);
	cr_assert(!r->dirty[0] && !r->dirty[1] && !r->progress, "%s: there is progress", name);
	cr_assert_null(r->parts[0].chain, "%s", name);
}

void
hostile_judge_harm(const char *name, int most)
{
	int limit = most != 0 ? most : MOST_REQUESTS;

	cr_assert_not(somebody_came(hostile.web), "%s: somebody else was called", name);
	cr_assert_not(somebody_came(hostile.names), "%s: a name of somebody else was looked up", name);
	cr_assert_leq(fake_ca_requests(bench.ca), limit, "%s: %d requests", name, fake_ca_requests(bench.ca));
	cr_assert_leq(fake_ca_sent(bench.ca), MOST_SENT, "%s: %zu octets", name, fake_ca_sent(bench.ca));
	cr_assert_str_eq(fake_ca_complaint(bench.ca), "", "%s: %s", name, fake_ca_complaint(bench.ca));
	if (hostile.answer.err.code != NULL)
		judge_stored(name);
}

void
hostile_order_honestly(const char *name)
{
	struct ask *ask;

	fake_ca_calm(bench.ca);
	ask = acme_start(acme_new_order());
	acme_wait(ask);
	cr_assert_null(ask->answer.err.code, "%s, and then: %s: %s", name, ask->answer.err.code, ask->answer.err.detail);
	ask = acme_start(acme_read_order());
	acme_wait(ask);
	cr_assert_null(ask->answer.err.code, "%s, and then: %s: %s", name, ask->answer.err.code, ask->answer.err.detail);
	cr_assert_eq(((const struct acme_answer *)ask->answer.detail)->order->count, 2);
}

static void
run(const struct script *s)
{
	hostile_begin(!s->is_alone);
	for (size_t i = 0; i < 3 && s->faults[i].at != NULL; i++)
		hostile_play(&s->faults[i]);
	hostile_ask(s->name, s->act, s->preferred_chain);
	if (s->code != NULL) {
		hostile_judge_error(s);
	} else {
		cr_assert_null(hostile.answer.err.code, "%s: %s: %s", s->name, hostile.answer.err.code, hostile.answer.err.detail);
		s->check(hostile.answer.detail);
	}
	hostile_judge_harm(s->name, s->most);
	hostile_order_honestly(s->name);
	hostile_judge_harm(s->name, 100);
	hostile_end();
}

void
hostile_run(const struct script *scripts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run(&scripts[i]);
}
