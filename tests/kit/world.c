/* The outside, played.  See world.h. */
#include "tests/kit/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "io/dns.h"
#include "io/http.h"
#include "io/tls.h"

enum { CHAIN = 12, NAMES = 1 << 14 };

struct thing {
	struct thing *next;
	char *name, *value;
	enum dns_type type;
	int status;		/* of a URL */
};

static struct thing *records[NAMES], *pages;
static char *trouble_suffix, *bogus_suffix;
static struct err trouble;
static size_t question_count, request_count, act_count;
static world_act *watcher;
static void *watcher_arg;
static world_host *hosts;
static void *hosts_arg;
static const struct err ours = { .code = "dns_timeout", .blame = BLAME_US };
static const struct err bogus = { .code = "dns_servfail", .blame = BLAME_NETWORK };

static size_t
slot(const char *name)
{
	size_t h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h % NAMES;
}

static void
drop(struct thing **list, const char *name)
{
	while (*list != NULL) {
		struct thing *t = *list;

		if (name != NULL && strcmp(t->name, name) != 0) {
			list = &t->next;
			continue;
		}
		*list = t->next;
		free(t->name);
		free(t->value);
		free(t);
	}
}

void
world_reset(void)
{
	for (size_t i = 0; i < NAMES; i++)
		drop(&records[i], NULL);
	drop(&pages, NULL);
	free(trouble_suffix);
	free(bogus_suffix);
	trouble_suffix = bogus_suffix = NULL;
	question_count = request_count = act_count = 0;
	watcher = NULL;
	hosts = NULL;
}

static struct thing *
put(struct thing **list, const char *name, const char *value)
{
	struct thing *t = xcalloc(1, sizeof *t);

	t->name = xstrdup(name);
	t->value = xstrdup(value);
	t->next = *list;
	*list = t;
	return t;
}

void
world_has(const char *name, enum dns_type type, const char *value)
{
	put(&records[slot(name)], name, value)->type = type;
}

void
world_forgets(const char *name)
{
	drop(&records[slot(name)], name);
}

void
world_dns_fails(const char *suffix, const char *code, enum blame blame)
{
	free(trouble_suffix);
	trouble_suffix = suffix != NULL ? xstrdup(suffix) : NULL;
	trouble = (struct err){ .code = code, .blame = blame };
}

void
world_bogus(const char *suffix)
{
	free(bogus_suffix);
	bogus_suffix = suffix != NULL ? xstrdup(suffix) : NULL;
}

void
world_serves(const char *url, int status, const char *body)
{
	put(&pages, url, body)->status = status;
}

size_t
world_questions(void)
{
	return question_count;
}

size_t
world_requests(void)
{
	return request_count;
}

void
world_watch(world_act *act, void *arg)
{
	watcher = act;
	watcher_arg = arg;
}

void
world_hosts(world_host *host, void *arg)
{
	hosts = host;
	hosts_arg = arg;
}

bool
world_acts(const char *what)
{
	act_count++;
	return watcher == NULL || watcher(watcher_arg, act_count, what);
}

/* ---- io/dns.h ---------------------------------------------------------------- */

struct dns {
	struct loop *loop;
	struct question_put *open;
};

struct question_put {
	struct dns *dns;
	struct question_put *next, **back;	/* in dns->open */
	struct arena *arena;
	const char *name;
	enum dns_type type;
	enum dns_how how;
	dns_done *done;
	void *arg;
	bool fails;
};

struct dns *
dns_open(struct loop *loop, const char *resolvers, struct err *err)
{
	struct dns *d = xcalloc(1, sizeof *d);

	(void)resolvers;
	(void)err;
	d->loop = loop;
	return d;
}

/* As the real one: what is outstanding ends now, and what is asked meanwhile. */
void
dns_close(struct dns *d)
{
	struct question_put *q;

	while ((q = d->open) != NULL) {
		d->open = q->next;
		q->dns = NULL;
		q->done(q->arg, NULL, &ours);
	}
	free(d);
}

unsigned
dns_resolver_count(const struct dns *d)
{
	(void)d;
	return 1;
}

static void
end_question(struct question_put *q)
{
	if (q->dns != NULL) {
		*q->back = q->next;
		if (q->next != NULL)
			q->next->back = q->back;
	}
	arena_free(q->arena);
	free(q);
}

static const struct thing *
find(const char *name, enum dns_type type)
{
	for (const struct thing *t = records[slot(name)]; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0 && t->type == type)
			return t;
	return NULL;
}

static bool
exists(const char *name)
{
	for (const struct thing *t = records[slot(name)]; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return true;
	return false;
}

/* What a recursive resolver would say: the chain, then the records at its end. */
static void
resolve(struct question_put *q, struct dns_reply *reply)
{
	const char *name = q->name;
	const struct thing *alias;

	reply->authoritative = q->how == DNS_DIRECT;
	reply->records = arena_alloc(q->arena, 64 * sizeof *reply->records);
	for (int i = 0; i < CHAIN && (alias = find(name, DNS_CNAME)) != NULL; i++) {
		reply->records[reply->count++] =
		    (struct dns_record){ name, DNS_CNAME, 60, alias->value };
		name = alias->value;
	}
	if (!exists(name))
		reply->rcode = 3;
	for (const struct thing *t = records[slot(name)]; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0 && t->type == q->type && reply->count < 64)
			reply->records[reply->count++] =
			    (struct dns_record){ t->name, t->type, 60, t->value };
}

static void
answer(void *arg)
{
	struct question_put *q = arg;
	struct dns_reply reply = { 0 };

	if (q->dns == NULL) {
		/* ended by dns_close */
	} else if (q->fails) {
		q->done(q->arg, NULL, &ours);
	} else if (trouble_suffix != NULL && name_is_under(q->name, trouble_suffix)) {
		q->done(q->arg, NULL, &trouble);
	} else if (bogus_suffix != NULL && q->how == DNS_RECURSIVE && name_is_under(q->name, bogus_suffix)) {
		q->done(q->arg, NULL, &bogus);
	} else {
		resolve(q, &reply);
		q->done(q->arg, &reply, NULL);
	}
	end_question(q);
}

void
dns_ask(struct dns *d, const char *name, enum dns_type type, dns_done *done, void *arg)
{
	dns_ask_how(d, name, type, DNS_RECURSIVE, done, arg);
}

void
dns_ask_how(struct dns *d, const char *name, enum dns_type type, enum dns_how how,
    dns_done *done, void *arg)
{
	struct question_put *q;
	char what[320];

	question_count++;
	snprintf(what, sizeof what, "dns %s %s", name, dns_type_name(type));
	q = xcalloc(1, sizeof *q);
	*q = (struct question_put){ .dns = d, .arena = arena_new(1 << 20), .type = type,
	    .how = how, .done = done, .arg = arg };
	q->name = arena_strdup(q->arena, name);
	q->fails = !world_acts(what);
	q->next = d->open;
	q->back = &d->open;
	if (q->next != NULL)
		q->next->back = &q->next;
	d->open = q;
	loop_soon(d->loop, answer, q);
}

void
dns_ask_resolver(struct dns *d, unsigned resolver, const char *name, enum dns_type type, dns_done *done, void *arg)
{
	(void)resolver;
	dns_ask_how(d, name, type, DNS_RECURSIVE, done, arg);
}

/* Whoever it is, it serves the zone. */
void
dns_ask_server(struct dns *d, const struct sockaddr *server, const char *name, enum dns_type type,
    dns_done *done, void *arg)
{
	(void)server;
	dns_ask_how(d, name, type, DNS_DIRECT, done, arg);
}

/* ---- io/http.h --------------------------------------------------------------- */

struct http {
	struct loop *loop;
	struct request_put *open;
};

struct request_put {
	struct http *http;		/* NULL: ended by http_close */
	struct request_put *next, **back;	/* in http->open */
	char *url;
	int family;
	http_done *done;
	void *arg;
	bool fails;
};

struct http *
http_open(struct loop *loop, struct dns *dns, bool allow_private)
{
	struct http *h = xcalloc(1, sizeof *h);

	(void)dns;
	(void)allow_private;
	h->loop = loop;
	return h;
}

/* As the real one: what is outstanding ends now. */
void
http_close(struct http *h)
{
	static const struct err closed = { .code = "http_unreachable", .blame = BLAME_NETWORK };

	for (struct request_put *r = h->open; r != NULL; r = r->next) {
		r->http = NULL;
		r->done(r->arg, NULL, &closed);
	}
	free(h);
}

/* The body (the caller frees it), or NULL if nobody answers. */
static char *
fetch(const char *url, int *ret_status)
{
	const struct thing *page = pages;

	while (page != NULL && strcmp(page->name, url) != 0)
		page = page->next;
	*ret_status = page != NULL ? page->status : 200;
	if (page != NULL)
		return xstrdup(page->value);
	return hosts != NULL ? hosts(hosts_arg, url) : NULL;
}

char *
world_get(const char *url)
{
	int status;
	char *body = fetch(url, &status);

	if (body == NULL || status == 200)
		return body;
	free(body);
	return NULL;
}

bool
world_has_txt(const char *name, const char *value)
{
	const struct thing *alias;

	for (int i = 0; i < CHAIN && (alias = find(name, DNS_CNAME)) != NULL; i++)
		name = alias->value;
	for (const struct thing *t = records[slot(name)]; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0 && t->type == DNS_TXT && strcmp(t->value, value) == 0)
			return true;
	return false;
}

/* All hosts are on IPv4, and those with an AAAA record on IPv6 as well. */
static bool
is_on_family(const char *url, int family)
{
	char host[256];
	const char *from = strstr(url, "://");

	if (family != 6 || from == NULL)
		return true;
	snprintf(host, sizeof host, "%.*s", (int)strcspn(from + 3, ":/"), from + 3);
	return find(host, DNS_AAAA) != NULL;
}

static void
answer_request(struct request_put *r)
{
	static const struct err unreachable = { .code = "http_unreachable", .blame = BLAME_NETWORK };
	static const struct err nowhere = { .code = "http_no_address", .blame = BLAME_CUSTOMER };
	int status = 0;
	bool is_there = is_on_family(r->url, r->family);
	char *body = r->fails || !is_there ? NULL : fetch(r->url, &status);

	if (!r->fails && !is_there) {
		r->done(r->arg, NULL, &nowhere);
	} else if (body == NULL) {
		r->done(r->arg, NULL, r->fails ? &ours : &unreachable);
	} else {
		struct http_reply reply = { .status = status, .body = body, .body_len = strlen(body) };

		r->done(r->arg, &reply, NULL);
	}
	free(body);
}

static void
serve(void *arg)
{
	struct request_put *r = arg;

	if (r->http != NULL) {
		*r->back = r->next;
		if (r->next != NULL)
			r->next->back = r->back;
		answer_request(r);
	}
	free(r->url);
	free(r);
}

void
http_send(struct http *h, const struct http_request *request, http_done *done, void *arg)
{
	struct request_put *r;
	char what[2100];

	request_count++;
	snprintf(what, sizeof what, "http %s", request->url);
	r = xcalloc(1, sizeof *r);
	*r = (struct request_put){ .http = h, .next = h->open, .back = &h->open, .url = xstrdup(request->url),
	    .family = request->family, .done = done, .arg = arg, .fails = !world_acts(what) };
	if (r->next != NULL)
		r->next->back = &r->next;
	h->open = r;
	loop_soon(h->loop, serve, r);
}

const char *
http_header(const struct http_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

int64_t
http_retry_after(const struct http_reply *reply)
{
	const char *value = http_header(reply, "retry-after");

	return value != NULL ? strtoll(value, NULL, 10) : 0;
}

/* ---- io/tls.h ---------------------------------------------------------------- */

void
tls_probe(struct loop *loop, const char *address_port, const char *server_name, enum tls_key key,
    int64_t timeout_ms, tls_done *done, void *arg)
{
	static const struct err unreachable = { .code = "http_unreachable", .blame = BLAME_NETWORK };

	(void)loop, (void)address_port, (void)server_name, (void)key, (void)timeout_ms;
	done(arg, NULL, 0, &unreachable);
}
