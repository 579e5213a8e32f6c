/* Questions of DNS and HTTP to io, and their answers into the job's arena. */
#include "cli/perform.h"

#include "io/dns.h"
#include "io/http.h"

enum { MAX_BODY = 65536, HTTP_MS = 10000 };

/* ---- DNS ------------------------------------------------------------------------ */

static void
dns_replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct asked *asked = arg;
	struct arena *a = asked->arena;
	struct dns_reply *copy;
	const char **values;

	if (err != NULL) {
		asked_fail(asked, err);
		return;
	}
	copy = arena_memdup(a, reply, sizeof *reply);
	copy->records = arena_alloc(a, reply->count * sizeof *copy->records);
	values = arena_alloc(a, reply->count * sizeof *values);
	for (size_t i = 0; i < reply->count; i++) {
		struct dns_record *r = &copy->records[i];

		*r = reply->records[i];
		r->owner = arena_strdup(a, r->owner);
		r->value = values[i] = arena_strdup(a, r->value);
	}
	asked->answered(asked, (struct answer){ .status = copy->rcode, .values = values,
	    .count = copy->count, .detail = copy });
}

void
perform_dns(void *context, struct asked *asked)
{
	enum dns_type type;

	if (!dns_type_of(asked->question->type, &type)) {
		struct err err = err_new(ERR_internal, "a question of a DNS type that is not known");

		asked_fail(asked, &err);
		return;
	}
	dns_ask(context, asked->question->name, type, dns_replied, asked);
}

/* ---- HTTP ----------------------------------------------------------------------- */

static void
http_replied(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct asked *asked = arg;
	const char **values;

	if (err != NULL) {
		asked_fail(asked, err);
		return;
	}
	values = arena_alloc(asked->arena, sizeof *values);
	values[0] = arena_strndup(asked->arena, reply->body, reply->body_len);
	asked->answered(asked, (struct answer){ .status = reply->status, .values = values, .count = 1 });
}

void
perform_http(void *context, struct asked *asked)
{
	const struct http_request request = {
		.method = "GET",
		.url = asked->question->name,
		.user_agent = asked->question->type,
		.max_body = MAX_BODY,
		.timeout_ms = HTTP_MS,
	};

	http_send(context, &request, http_replied, asked);
}
