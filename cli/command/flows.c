/* certwright flows: the tables of the flows, as text or as Mermaid diagrams. */
#include <stdio.h>
#include <string.h>

#include "acme/authority.h"
#include "acme/certificate.h"
#include "cli/out.h"
#include "dcv/hostname.h"
#include "dcv/origin.h"
#include "dcv/publication.h"
#include "webhooks/delivery.h"

static const struct flow *const flows[] = { &hostname_flow, &certificate_flow, &delivery_flow,
	&origin_flow, &authority_flow, &publication_flow };
enum { FLOWS = sizeof flows / sizeof flows[0] };

static void
print_text(const struct flow *flow)
{
	printf("%s\n", flow->name);
	for (const struct step *s = flow->steps; s->state != NULL; s++) {
		printf("  %-24s %s\n", s->state, s->why);
		for (size_t i = 0; i < MAX_NEXT && s->next[i] != NULL; i++)
			printf("  %-24s -> %s\n", "", s->next[i]);
	}
}

/* A state that a flow begins in is one that no other leads to. */
static bool
is_entered(const struct flow *flow, const char *state)
{
	for (const struct step *s = flow->steps; s->state != NULL; s++)
		if (strcmp(s->state, state) != 0 && flow_may_go(s, state))
			return true;
	return false;
}

static void
print_mermaid(const struct flow *flow)
{
	printf("```mermaid\n---\ntitle: %s\n---\nstateDiagram-v2\n", flow->name);
	for (const struct step *s = flow->steps; s->state != NULL; s++) {
		printf("    %s : %s<br>%s\n", s->state, s->state, s->why);
		if (s == flow->steps || (!is_entered(flow, s->state) && s->next[0] != NULL))
			printf("    [*] --> %s\n", s->state);
		for (size_t i = 0; i < MAX_NEXT && s->next[i] != NULL; i++)
			printf("    %s --> %s\n", s->state, s->next[i]);
		if (s->next[0] == NULL)
			printf("    %s --> [*]\n", s->state);
	}
	printf("```\n");
}

static json_t *
flow_json(const struct flow *flow)
{
	json_t *states = json_array();

	for (const struct step *s = flow->steps; s->state != NULL; s++) {
		json_t *next = json_array();

		for (size_t i = 0; i < MAX_NEXT && s->next[i] != NULL; i++)
			json_array_append_new(next, json_string(s->next[i]));
		json_array_append_new(states,
		    json_pack("{s:s, s:s, s:o}", "state", s->state, "why", s->why, "next", next));
	}
	return json_pack("{s:s, s:o}", "flow", flow->name, "states", states);
}

enum exit_code
command_flows(struct call *call)
{
	json_t *all = json_array();

	for (int i = 0; i < FLOWS; i++) {
		if (call->json) {
			json_array_append_new(all, flow_json(flows[i]));
			continue;
		}
		if (i > 0)
			putchar('\n');
		if (call_flag(call, "mermaid") != NULL)
			print_mermaid(flows[i]);
		else
			print_text(flows[i]);
	}
	if (call->json)
		out_json(all);
	json_decref(all);
	return EXIT_DONE;
}
