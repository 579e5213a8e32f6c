/* Questions of HTTP to io, and their answers into the job's arena. */
#include "cli/perform.h"

#include "io/http.h"

enum { MAX_BODY = 65536, HTTP_MS = 10000 };

/* Whoever judges a body reads it as a text: a NUL must not end it early. */
static const char *
text_of(struct arena *a, const char *body, size_t len)
{
	char *text = arena_memdup(a, body, len + 1);

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\1';
	return text;
}

static void
http_replied(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct asked *asked = arg;
	const char **values;

	if (err != NULL) {
		asked_fail(asked, err);
		return;
	}
	values = arena_alloc(asked->arena, 2 * sizeof *values);
	values[0] = text_of(asked->arena, reply->body, reply->body_len);
	values[1] = arena_strdup(asked->arena, http_header(reply, "location"));
	asked->answered(asked, (struct answer){ .status = reply->status, .values = values,
	    .count = values[1] != NULL ? 2 : 1 });
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
