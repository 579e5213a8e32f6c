/* ldns writes what base/dns.c, which only reads with it, is given. */
#include "tests/kit/reply.h"

#include <assert.h>
#include <ldns/ldns.h>

static void
push(ldns_pkt *pkt, ldns_pkt_section section, const char *const *lines)
{
	for (; lines != NULL && *lines != NULL; lines++) {
		ldns_rr *rr = NULL;
		ldns_status status = ldns_rr_new_frm_str(&rr, *lines, 60, NULL, NULL);

		assert(status == LDNS_STATUS_OK);
		ldns_pkt_push_rr(pkt, section, rr);
	}
}

size_t
reply_wire(const char *name, unsigned type, uint16_t id, const struct reply_text *text, unsigned char **ret_wire)
{
	ldns_pkt *pkt = ldns_pkt_query_new(ldns_dname_new_frm_str(name), (ldns_rr_type)type, LDNS_RR_CLASS_IN, LDNS_RD);
	size_t len = 0;
	ldns_status status;

	assert(pkt != NULL);
	ldns_pkt_set_id(pkt, id);
	ldns_pkt_set_qr(pkt, true);
	ldns_pkt_set_aa(pkt, text->authoritative);
	ldns_pkt_set_rcode(pkt, (uint8_t)text->rcode);
	push(pkt, LDNS_SECTION_ANSWER, text->answer);
	push(pkt, LDNS_SECTION_AUTHORITY, text->authority);
	status = ldns_pkt2wire(ret_wire, pkt, &len);
	assert(status == LDNS_STATUS_OK);
	ldns_pkt_free(pkt);
	return len;
}
