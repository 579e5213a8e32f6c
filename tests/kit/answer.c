/* DNS answers from text, by way of packets.  See answer.h. */
#include "tests/kit/answer.h"

#include <assert.h>
#include <criterion/criterion.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID = 4711 };

static void
add_record(ldns_pkt *pkt, const char *line)
{
	const char *blank = strchr(line, ' ');
	char text[9000];
	ldns_rr *rr = NULL;

	assert(blank != NULL);
	snprintf(text, sizeof text, "%.*s 60 IN%s", (int)(blank - line), line, blank);
	cr_assert_eq(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL), LDNS_STATUS_OK, "%s", text);
	ldns_pkt_push_rr(pkt, ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA ? LDNS_SECTION_AUTHORITY
	    : LDNS_SECTION_ANSWER, rr);
}

static struct err
error_of(const char *code)
{
	static const char *const codes[] = {
#define ERR(code, blame, status, sentence) #code,
#include "base/errors.def"
#undef ERR
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(codes[i], code) == 0)
			return err_new((enum err_code)(i + 1), NULL);
	cr_assert_fail("there is no error %s", code);
	return (struct err){ 0 };
}

/* Takes the packet over. */
static const struct dns_reply *
through_the_wire(struct arena *a, ldns_pkt *pkt, const char *name, enum dns_type type)
{
	struct dns_reply *reply = arena_alloc(a, sizeof *reply);
	struct err err = { 0 };
	uint8_t *wire = NULL;
	size_t len;

	cr_assert_eq(ldns_pkt2wire(&wire, pkt, &len), LDNS_STATUS_OK);
	ldns_pkt_free(pkt);
	cr_assert(dns_parse_reply(a, wire, len, name, type, ID, reply, &err), "%s: %s", name, err.detail);
	free(wire);
	return reply;
}

struct answer
answer_of(struct arena *a, const char *name, enum dns_type type, const char *text)
{
	ldns_pkt *pkt = ldns_pkt_query_new(ldns_dname_new_frm_str(name), (ldns_rr_type)type,
	    LDNS_RR_CLASS_IN, LDNS_QR | LDNS_RD | LDNS_RA);
	char *rest = arena_strdup(a, text);
	struct answer answer = { 0 };
	const struct dns_reply *reply;
	const char **values;

	ldns_pkt_set_id(pkt, ID);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (strncmp(line, "error ", 6) == 0) {
			ldns_pkt_free(pkt);
			return (struct answer){ .err = error_of(line + 6) };
		}
		if (strcmp(line, "NXDOMAIN") == 0)
			ldns_pkt_set_rcode(pkt, LDNS_RCODE_NXDOMAIN);
		else if (strcmp(line, "loop") == 0)
			answer.err = error_of("cname_loop");
		else if (line[0] != '\0')
			add_record(pkt, line);
	}
	reply = through_the_wire(a, pkt, name, type);
	values = arena_alloc(a, reply->count * sizeof *values);
	for (size_t i = 0; i < reply->count; i++)
		values[i] = reply->records[i].value;
	answer.status = reply->rcode;
	answer.values = values;
	answer.count = reply->count;
	answer.detail = reply;
	return answer;
}
