/* certwright check HOSTNAME: what is expected comes from the database, what is
 * from the world. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/out.h"
#include "cli/sql.h"
#include "dcv/diagnose.h"
#include "dcv/token_look.h"

enum { MOST_FILES = 4 };

struct check {
	struct call *call;
	struct loop *loop;
	struct hostname hostname;
	struct diagnose_options options;
	bool is_delegated;		/* when that was seen last */
	struct token_ask files[MOST_FILES];	/* for the authority, on the customer's web server */
	size_t file_count, looked_at;
	struct token_look look;
	json_t *findings;
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
	const json_t *delegation;
	const char *status;
	auto_json *hostname = sql_get_hostname(db, zone_id, id, err);

	if (hostname == NULL)
		return false;
	h->name = arena_strdup(a, json_str(hostname, "hostname"));
	h->proof = arena_strdup(a, json_str(json_object_get(hostname, "ownership_verification"), "value"));
	h->proof_name = arena_printf(a, "%s.%s", conf->ownership_txt_label, h->name);
	h->proof_url = proof_url(a, conf, h->name, id);
	h->user_agent = conf->ownership_user_agent;
	delegation = json_array_get(json_list(json_object_get(hostname, "ssl"), "dcv_delegation_records"), 0);
	status = json_str(delegation, "status");
	c->is_delegated = status != NULL && strcmp(status, "valid") == 0;
	return true;
}

/* What is not there yet has to come, and a delegation that was there has to
 * stay: renewals count on it. */
static bool
is_looked_for(const struct check *c, const json_t *row)
{
	if (strcmp(json_str(row, "purpose"), "delegation") == 0)
		return c->is_delegated || strcmp(json_str(row, "state"), "required") == 0;
	return strcmp(json_str(row, "purpose"), "certificate") == 0 && strcmp(json_str(row, "type"), "TXT") == 0 &&
	    strcmp(json_str(row, "state"), "required") == 0;
}

static bool
is_file(const json_t *row)
{
	return strcmp(json_str(row, "type"), "HTTP") == 0 && strcmp(json_str(row, "state"), "required") == 0;
}

/* The documented URL has no port. */
static void
add_file(struct check *c, const char *url, const char *body)
{
	static const char scheme[] = "http://";
	struct arena *a = c->call->arena;
	const char *host = url + sizeof scheme - 1, *path = strchr(host, '/');
	const char *port = arena_printf(a, "%d", (int)c->call->conf->http_port), **value;
	bool has_port = c->call->conf->http_port != 80;

	if (path == NULL || c->file_count == MOST_FILES)
		return;
	value = arena_alloc(a, 2 * sizeof *value);
	value[0] = arena_strdup(a, body);
	host = arena_strndup(a, host, (size_t)(path - host));
	c->files[c->file_count++] = (struct token_ask){ .method = TOKEN_HTTP, .hostname = host, .values = value,
		.place = arena_printf(a, "%s%s%s%s%s", scheme, host, has_port ? ":" : "", has_port ? port : "", path),
		.http_port = port };
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
		bool is_txt = strcmp(json_str(row, "type"), "TXT") == 0;
		const char **value = arena_alloc(a, 2 * sizeof *value);

		if (is_file(row))
			add_file(c, json_str(row, "name"), json_str(row, "value"));
		if (!is_looked_for(c, row) || c->options.certificate_count == DIAGNOSE_MAX_CERTIFICATE)
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
tell(struct check *c)
{
	if (c->call->json)
		out_json(c->findings);
	else
		print_for_a_person(c->call, c->findings);
	json_decref(c->findings);
	loop_stop(c->loop);
}

/* ---- the looks ------------------------------------------------------------------------------ */

struct file_asked {
	struct asked	asked;		/* first: the performer gets it */
	struct question question;
	struct check   *c;
};

static void look_at_next_file(struct check *);

static void
file_answered(struct asked *asked, struct answer answer)
{
	struct check *c = ((struct file_asked *)asked)->c;
	const struct token_said *said = answer.detail;

	json_array_append_new(c->findings, json_loads(said->finding, 0, NULL));
	if (said->err.code != NULL && said->err.blame != BLAME_US)
		c->code = EXIT_UNWELL;
	else if (said->err.code != NULL && c->code == EXIT_DONE)
		c->code = EXIT_FAILED;
	look_at_next_file(c);
}

static void
look_at_next_file(struct check *c)
{
	struct file_asked *ask;
	struct token_ask *file;

	if (c->looked_at == c->file_count) {
		tell(c);
		return;
	}
	file = &c->files[c->looked_at++];
	ask = arena_alloc(c->call->arena, sizeof *ask);
	ask->question = (struct question){ .kind = QUESTION_TOKEN, .name = file->place, .detail = file };
	ask->asked = (struct asked){ .question = &ask->question, .arena = c->call->arena, .answered = file_answered };
	ask->c = c;
	token_look_perform(&c->look, &ask->asked);
}

static void
diagnosed(void *arg, const struct findings *fs)
{
	struct check *c = arg;

	c->findings = json_loads(finding_json(fs), 0, NULL);
	c->code = exit_code_of(fs);
	look_at_next_file(c);
}

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
		c->look = (struct token_look){ .loop = loop, .dns = dns, .http = http,
			.allow_private = conf->allow_private_addresses, .dns_port = (unsigned)conf->dns_port };
		diagnose_start(loop, dns, http, &c->options, &c->hostname, diagnosed, c);
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
