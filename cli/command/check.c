/* certwright check HOSTNAME: what is expected comes from the database, what is
 * from the world. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/out.h"
#include "cli/sql.h"
#include "dcv/diagnose.h"

struct check {
	struct call *call;
	struct loop *loop;
	struct hostname hostname;
	struct diagnose_options options;
	enum exit_code code;
};

/* ---- what should be ------------------------------------------------------------------- */

/* The texts of an array; ends with NULL. */
static const char *const *
texts_of(struct arena *a, const json_t *array)
{
	const char **list = arena_alloc(a, (json_array_size(array) + 1) * sizeof *list);
	size_t i;
	json_t *text;

	json_array_foreach(array, i, text)
		list[i] = arena_strdup(a, json_string_value(text));
	return list;
}

/* Where it stands, and where it may point. */
static bool
read_standing(struct check *c, struct db *db, const char *id, struct err *err)
{
	struct arena *a = c->call->arena;
	struct standing *s = &c->options.standing;
	auto_json *question = sql_check_question(db, id, err);

	if (question == NULL)
		return false;
	s->status = arena_strdup(a, json_str(question, "status"));
	s->code = arena_strdup(a, json_str(question, "code"));
	s->error = arena_strdup(a, json_str(question, "error"));
	s->is_held = json_bool(question, "held", false);
	c->options.owned = s->status != NULL && strncmp(s->status, "active", 6) == 0;
	c->hostname.targets = texts_of(a, json_object_get(question, "targets"));
	c->hostname.unresolved = arena_strdup(a, json_str(question, "unresolved"));
	c->hostname.prefixes = texts_of(a, json_object_get(question, "prefixes"));
	return true;
}

/* The documented URL has no port. */
static const char *
proof_url(struct arena *a, const struct conf *conf, const char *name, const char *id)
{
	const char *port = conf->http_port != 80 ? arena_printf(a, ":%d", (int)conf->http_port) : "";

	return arena_printf(a, "http://%s%s/.well-known/cf-custom-hostname-challenge/%s", name, port, id);
}

static bool
read_hostname(struct check *c, struct db *db, const char *zone_id, const char *id, struct err *err)
{
	const struct conf *conf = c->call->conf;
	struct arena *a = c->call->arena;
	struct hostname *h = &c->hostname;
	auto_json *hostname = sql_get_hostname(db, zone_id, id, err);

	if (hostname == NULL)
		return false;
	h->name = arena_strdup(a, json_str(hostname, "hostname"));
	h->proof = arena_strdup(a, json_str(json_object_get(hostname, "ownership_verification"), "value"));
	h->proof_name = arena_printf(a, "%s.%s", conf->ownership_txt_label, h->name);
	h->proof_url = proof_url(a, conf, h->name, id);
	h->user_agent = conf->ownership_user_agent;
	return true;
}

/* What has to be published for the authority now. */
static bool
read_certificate(struct check *c, struct db *db, const char *zone_id, const char *id, struct err *err)
{
	struct arena *a = c->call->arena;
	auto_json *list = sql_dns_instructions(db, zone_id, id, err);
	size_t i;
	json_t *row;

	json_array_foreach(list, i, row) {
		bool is_txt = strcmp(json_str(row, "purpose"), "certificate") == 0;
		const char **value = arena_alloc(a, 2 * sizeof *value);

		if ((!is_txt && strcmp(json_str(row, "purpose"), "delegation") != 0) ||
		    strcmp(json_str(row, "state"), "required") != 0 ||
		    c->options.certificate_count == DIAGNOSE_MAX_CERTIFICATE)
			continue;
		value[0] = arena_strdup(a, json_str(row, "value"));
		c->options.certificate[c->options.certificate_count++] = (struct matter){
			.name = arena_strdup(a, json_str(row, "name")), .type = is_txt ? DNS_TXT : DNS_CNAME, .values = value };
	}
	return list != NULL;
}

/* Whom CAA records have to permit. */
static bool
read_caa(struct check *c, struct db *db, const char *id, struct err *err)
{
	struct arena *a = c->call->arena;
	auto_json *question = sql_caa_question(db, id, err);
	const json_t *list = json_object_get(question, "authorities");
	struct caa_candidate *candidates = arena_alloc(a, (json_array_size(list) + 1) * sizeof *candidates);
	const char **names = arena_alloc(a, (json_array_size(list) + 1) * sizeof *names);
	const char **covered = arena_alloc(a, 3 * sizeof *covered);
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) {
		names[i] = arena_strdup(a, json_str(one, "name"));
		candidates[i] = (struct caa_candidate){ texts_of(a, json_object_get(one, "identities")),
			arena_strdup(a, json_str(one, "account_url")) };
	}
	covered[0] = c->hostname.name;
	if (json_bool(question, "wildcard", false))
		covered[1] = arena_printf(a, "*.%s", c->hostname.name);
	c->options.authorities = names;
	c->options.caa = (struct caa_ask){ .names = covered,
		.methods = texts_of(a, json_object_get(question, "methods")), .candidates = candidates,
		.count = json_array_size(list) };
	return question != NULL;
}

/* The database is left alone while the world is asked. */
static bool
read_all(struct check *c, struct err *err)
{
	const char *zone, *id;
	auto_db db = { 0 };

	return db_open(c->call, &db, err) &&
	    sql_look_up_hostname(&db, call_flag(c->call, "zone"), c->call->args[0], &zone, &id, err) &&
	    read_standing(c, &db, id, err) && read_hostname(c, &db, zone, id, err) &&
	    read_certificate(c, &db, zone, id, err) && read_caa(c, &db, id, err);
}

/* ---- what is told ------------------------------------------------------------------------ */

static const struct column columns[] = {
	{ "purpose", "ABOUT" }, { "result", "RESULT" }, { "where", "WHERE" }, { 0 }
};

/* One line a text, the first behind the title. */
static void
print_texts(struct arena *a, const char *title, const json_t *texts, const char *none)
{
	size_t i;
	json_t *text;

	json_array_foreach(texts, i, text)
		printf("  %-10s%s\n", i == 0 ? title : "", out_text(a, text));
	if (json_array_size(texts) == 0)
		printf("  %-10s%s\n", title, none);
}

static void
print_problem(struct arena *a, const json_t *finding)
{
	const char *code = json_str(finding, "code");
	bool is_unknown = strncmp(code, "dns_", 4) == 0 || strncmp(code, "http_", 5) == 0;

	printf("\n%s: %s\n", out_text(a, json_object_get(finding, "purpose")), err_sentence(code));
	printf("  where     %s\n", out_text(a, json_object_get(finding, "where")));
	printf("  expected  %s\n", out_text(a, json_object_get(finding, "expected")));
	print_texts(a, "found", json_object_get(finding, "found"), is_unknown ? "no answer" : "nothing");
	printf("  fix       %s\n", out_text(a, json_object_get(finding, "fix")));
}

static void
print_for_a_person(const struct call *call, json_t *list)
{
	bool is_well = true;
	size_t i;
	json_t *finding;

	json_array_foreach(list, i, finding) {
		const char *code = json_str(finding, "code");

		json_object_set_new(finding, "result", json_string(code != NULL ? code : "ok"));
		is_well = is_well && code == NULL;
	}
	out_rows(call, list, columns, "there is nothing to look at");
	json_array_foreach(list, i, finding)
		if (json_str(finding, "code") != NULL)
			print_problem(call->arena, finding);
	if (is_well)
		puts("\nall is well");
}

/* Not to have been able to look is no finding. */
static enum exit_code
exit_code_of(const struct findings *fs)
{
	enum exit_code code = EXIT_DONE;

	for (size_t i = 0; i < fs->count; i++) {
		if (fs->list[i].code != NULL && fs->list[i].blame != BLAME_US)
			return EXIT_UNWELL;
		if (fs->list[i].code != NULL)
			code = EXIT_FAILED;
	}
	return code;
}

static void
report(void *arg, const struct findings *fs)
{
	struct check *c = arg;
	const char *text = finding_json(fs);
	auto_json *list = json_loads(text, 0, NULL);

	if (c->call->json)
		out_json(list);
	else
		print_for_a_person(c->call, list);
	c->code = exit_code_of(fs);
	loop_stop(c->loop);
}

/* ---------------------------------------------------------------------------------------------- */

static enum exit_code
look(struct check *c)
{
	const struct conf *conf = c->call->conf;
	struct loop *loop = c->loop = loop_new();
	struct err err;
	struct dns *dns = dns_open(loop, conf->resolvers, &err);
	struct http *http = NULL;

	if (dns == NULL)
		c->code = call_failed(&err);
	else {
		http = http_open(loop, dns, conf->allow_private_addresses);
		c->options.allow_private = conf->allow_private_addresses;
		c->options.dns_port = (unsigned)conf->dns_port;
		diagnose_start(loop, dns, http, &c->options, &c->hostname, report, c);
		loop_run(loop);
	}
	http_close(http);
	dns_close(dns);
	loop_free(loop);
	return c->code;
}

enum exit_code
command_check(struct call *call)
{
	struct check c = { .call = call, .code = EXIT_FAILED };
	struct err err;

	if (!read_all(&c, &err))
		return call_failed(&err);
	return look(&c);
}
