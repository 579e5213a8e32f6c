/* Checks of options against each other, the file system and the syntax of
 * addresses. */
#include "cli/check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/name.h"
#include "dcv/authority.h"
#include "dcv/publish.h"
#include "io/seal.h"

static bool
refuse(struct arena *a, const char *option, const char *why, struct err *ret_err)
{
	return err_set(ret_err, ERR_bad_option, arena_printf(a, "%s: %s", option, why));
}

/* "" is off; a port is needed where nothing else says which. */
static bool
is_address(const char *text)
{
	struct sockaddr_storage ss;

	return addr_parse_port(text, 0, &ss) && addr_port((struct sockaddr *)&ss) != 0;
}

/* "A,B,…": each of them. */
static bool
are_addresses(struct arena *a, const char *list)
{
	for (;;) {
		size_t len = strcspn(list, ",");

		if (!is_address(arena_strndup(a, list, len)))
			return false;
		if (list[len] == '\0')
			return true;
		list += len + 1;
	}
}

static bool
check_addresses(const struct conf *c, struct arena *a, struct err *ret_err)
{
	static const char why[] = "it must be ADDRESS:PORT, such as 127.0.0.1:9470 or [::1]:9470";

	if (c->challenge_listen[0] != '\0' && !is_address(c->challenge_listen))
		return refuse(a, "challenge_listen", why, ret_err);
	if (c->admin_listen[0] != '\0' && !is_address(c->admin_listen))
		return refuse(a, "admin_listen", why, ret_err);
	if (c->dns_listen[0] != '\0' && !are_addresses(a, c->dns_listen))
		return refuse(a, "dns_listen", "each word must be ADDRESS:PORT, such as 192.0.2.1:53,[2001:db8::1]:53",
		    ret_err);
	if (c->dcv_update_server[0] != '\0' && !is_address(c->dcv_update_server))
		return refuse(a, "dcv_update_server", why, ret_err);
	if (c->edge_probe[0] != '\0' && !is_address(c->edge_probe))
		return refuse(a, "edge_probe", why, ret_err);
	return true;
}

static bool
check_key(const struct conf *c, struct arena *a, struct err *ret_err)
{
	struct seal *seal;

	if (c->key_encryption_key_file[0] == '\0')
		return err_set(ret_err, ERR_key_file, "key_encryption_key_file is not set; "
		    "head -c 32 /dev/urandom makes such a file, which only its owner may read");
	seal = seal_open_file(c->key_encryption_key_file, ret_err);
	if (seal == NULL) {
		if (ret_err != NULL)
			ret_err->detail = arena_printf(a, "key_encryption_key_file: %s",
			    ret_err->detail != NULL ? ret_err->detail : err_sentence(ret_err->code));
		return false;
	}
	seal_close(seal);
	return true;
}

/* Which options need which others. */
static bool
check_delegation_set(const struct conf *c, struct arena *a, struct err *ret_err)
{
	bool has_domain = c->dcv_domain[0] != '\0';

	if (c->dns_listen[0] != '\0' && (!has_domain || c->dcv_nameservers[0] == '\0'))
		return refuse(a, "dns_listen", "it needs dcv_domain and dcv_nameservers", ret_err);
	if (c->dcv_nameservers[0] != '\0' && !has_domain)
		return refuse(a, "dcv_nameservers", "it needs dcv_domain", ret_err);
	if (c->dcv_update_server[0] != '\0' && (!has_domain || c->dcv_update_key_file[0] == '\0'))
		return refuse(a, "dcv_update_server", "it needs dcv_domain and dcv_update_key_file", ret_err);
	if (c->dcv_update_key_file[0] != '\0' && c->dcv_update_server[0] == '\0')
		return refuse(a, "dcv_update_key_file", "it needs dcv_update_server", ret_err);
	return true;
}

/* Whoever answers for the domain reads its words. */
static bool
check_delegation_domain(const struct conf *c, struct arena *a, struct err *ret_err)
{
	const struct authority_options options = { .domain = c->dcv_domain, .nameservers = c->dcv_nameservers };
	const char *name = name_canonical(a, c->dcv_domain, (struct name_rules){ 0 }, NULL);
	struct board *nothing;
	struct zone_authority *authority;

	if (c->dcv_domain[0] == '\0')
		return true;
	if (name == NULL || strcmp(name, c->dcv_domain) != 0 || name_parent(name) == NULL)
		return refuse(a, "dcv_domain", "it must be a DNS name in lower case without a final dot, such as "
		    "dcv.provider.example", ret_err);
	if (c->dcv_nameservers[0] == '\0')
		return true;
	nothing = board_new();
	authority = authority_open(&options, nothing, ret_err);
	if (authority != NULL)
		authority_close(authority);
	else if (ret_err != NULL)
		ret_err->detail = arena_strdup(a, ret_err->detail);
	board_free(nothing);
	return authority != NULL;
}

static bool
check_update_key(const struct conf *c, struct arena *a, struct err *ret_err)
{
	const struct publish_options options = { .domain = c->dcv_domain, .server = c->dcv_update_server,
		.key_file = c->dcv_update_key_file };
	struct loop *loop;
	struct publisher *publisher;

	if (c->dcv_update_server[0] == '\0')
		return true;
	loop = loop_new();
	publisher = publisher_open(loop, &options, ret_err);
	publisher_close(publisher);
	if (publisher == NULL && ret_err != NULL)
		ret_err->detail = arena_strdup(a, ret_err->detail);
	loop_free(loop);
	return publisher != NULL;
}

bool
check_options(const struct conf *c, struct arena *a, struct err *ret_err)
{
	if (!check_key(c, a, ret_err) || !check_addresses(c, a, ret_err) || !check_delegation_set(c, a, ret_err) ||
	    !check_delegation_domain(c, a, ret_err) || !check_update_key(c, a, ret_err))
		return false;
	if (c->webhook_trust_file[0] != '\0' && access(c->webhook_trust_file, R_OK) != 0)
		return refuse(a, "webhook_trust_file", "the file cannot be read", ret_err);
	if (name_canonical(a, c->ownership_txt_label, (struct name_rules){ .service = true }, NULL) == NULL)
		return refuse(a, "ownership_txt_label", "it must be a DNS label", ret_err);
	if (c->branding_name[0] != '\0' && (strlen(c->branding_name) > 64 ||
	    name_canonical(a, c->branding_name, (struct name_rules){ 0 }, NULL) == NULL))
		return refuse(a, "branding_name", "it must be a DNS name of at most 64 characters", ret_err);
	if (c->edge_directory[0] != '\0' && c->edge_directory[0] != '/')
		return refuse(a, "edge_directory", "it must be an absolute path", ret_err);
	if (c->edge_directory[0] == '\0' && (c->edge_reload_command[0] != '\0' || c->edge_probe[0] != '\0'))
		return refuse(a, "edge_directory", "it must be set when edge_reload_command or edge_probe is",
		    ret_err);
	return true;
}

bool
check_surroundings(const struct conf *c, struct arena *a, struct err *ret_err)
{
	struct stat st;

	if (c->edge_directory[0] == '\0')
		return true;
	if (stat(c->edge_directory, &st) != 0 || !S_ISDIR(st.st_mode))
		return refuse(a, "edge_directory", "there is no such directory", ret_err);
	if (access(c->edge_directory, W_OK | X_OK) != 0)
		return refuse(a, "edge_directory", "it cannot be written to", ret_err);
	if (c->edge_reload_command[0] == '/') {
		size_t len = strcspn(c->edge_reload_command, " \t");

		if (access(arena_strndup(a, c->edge_reload_command, len), X_OK) != 0)
			return refuse(a, "edge_reload_command", "the program cannot be executed", ret_err);
	}
	return true;
}
