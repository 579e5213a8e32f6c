#ifndef CLI_SQL_H
#define CLI_SQL_H
/*
 * C twins of the SQL that commands use: one C function per SQL function or
 * view.  What comes back is JSON that the caller owns (auto_json); NULL is an
 * error: not_found, database_refused (with the documented message and code),
 * database_down, schema_*.
 */
#include "base/json.h"
#include "cli/command.h"
#include "io/pg.h"
#include "io/seal.h"

struct db {
	struct pg_session *session;
	struct arena	  *arena;
};

/* Connects, and refuses a database with another schema than this program's. */
bool db_open(const struct call *, struct db *ret, struct err *);
void db_close(struct db *);		/* safe on a zeroed struct */
#define auto_db __attribute__((cleanup(db_close))) struct db
bool db_begin(struct db *, struct err *);
bool db_commit(struct db *, struct err *);	/* without it db_close undoes all */

/* Keys are sealed and in base64; eab_hmac may be NULL. */
json_t *sql_add_authority(struct db *, const char *id, const char *name, const json_t *settings,
    const char *account_key, const char *eab_hmac, struct err *);
json_t *sql_edit_authority(struct db *, const char *name, const json_t *settings, const char *eab_hmac, struct err *);
json_t *sql_get_authority(struct db *, const char *name, struct err *);
json_t *sql_remove_authority(struct db *, const char *name, struct err *);
json_t *sql_ca_overview(struct db *, struct err *);
/* The CA with its sealed keys; until the database is closed nobody else gets it. */
json_t *sql_rollover_question(struct db *, const char *name, struct err *);
bool sql_begin_rollover(struct db *, const char *id, const char *new_key, struct err *);
/* {"packs": how many have new tokens}.  The URLs may be NULL. */
json_t *sql_finish_rollover(struct db *, const char *id, const char *new_key, const char *account_url,
    const char *account_url_rsa, struct err *);

json_t *sql_create_zone(struct db *, const char *name, const json_t *settings, struct err *);
json_t *sql_edit_zone(struct db *, const char *zone_id, const json_t *settings, struct err *);
json_t *sql_delete_zone(struct db *, const char *zone_id, struct err *);
json_t *sql_set_fallback_origin(struct db *, const char *zone_id, const json_t *body, struct err *);
json_t *sql_delete_fallback_origin(struct db *, const char *zone_id, struct err *);
json_t *sql_zone_overview(struct db *, struct err *);
json_t *sql_get_zone(struct db *, const char *zone_id, struct err *);
/* Id of a zone by name or id (NULL: the only one), in the arena; NULL: error. */
const char *sql_look_up_zone(struct db *, const char *zone, struct err *);
/* Ids of a hostname; `zone` may be NULL when only one zone has it. */
bool sql_look_up_hostname(struct db *, const char *zone, const char *hostname, const char **ret_zone_id,
    const char **ret_id, struct err *);

bool sql_hold_name(struct db *, const char *name, bool include_subdomains, const char *reason, struct err *);
bool sql_release_name(struct db *, const char *name, struct err *);
json_t *sql_get_hold(struct db *, const char *name, struct err *);
json_t *sql_hold_overview(struct db *, struct err *);

json_t *sql_create_hostname(struct db *, const char *zone_id, const json_t *body, struct err *);
json_t *sql_get_hostname(struct db *, const char *zone_id, const char *id, struct err *);
json_t *sql_edit_hostname(struct db *, const char *zone_id, const char *id, const json_t *body, struct err *);
json_t *sql_delete_hostname(struct db *, const char *zone_id, const char *id, struct err *);
json_t *sql_refresh_hostname(struct db *, const char *zone_id, const char *id, struct err *);
json_t *sql_renew_hostname(struct db *, const char *zone_id, const char *id, struct err *);
json_t *sql_renewal_of(struct db *, const char *hostname_id, struct err *);	/* JSON null: none is under way */
/* Rows of views.  zone_id NULL: all zones. */
json_t *sql_hostname_overview(struct db *, const char *zone_id, int64_t limit, struct err *);
json_t *sql_certificate_overview(struct db *, const char *hostname_id, struct err *);
json_t *sql_attempt_history(struct db *, const char *hostname_id, int64_t limit, struct err *);
json_t *sql_dns_instructions(struct db *, const char *zone_id, const char *id, struct err *);
json_t *sql_check_question(struct db *, const char *id, struct err *);
json_t *sql_caa_question(struct db *, const char *id, struct err *);
json_t *sql_count_all(struct db *, const char *zone, struct err *);

json_t *sql_create_webhook(struct db *, const char *zone_id, const json_t *body, struct err *);
json_t *sql_webhook_overview(struct db *, const char *zone_id, struct err *);	/* NULL: all zones */
json_t *sql_look_up_webhook(struct db *, const char *webhook, struct err *);	/* by id or name */
json_t *sql_edit_webhook(struct db *, const char *zone_id, const char *id, const json_t *body, struct err *);
json_t *sql_delete_webhook(struct db *, const char *zone_id, const char *id, struct err *);
/* What stands there in clear for the daemon to seal, sealed now. */
bool sql_seal_secrets(struct db *, const struct seal *, const char *webhook_id, struct err *);
json_t *sql_delivery_overview(struct db *, const char *webhook_id, int64_t limit, struct err *);

/* Events after a number, oldest first; sql_last_events: the newest, oldest first. */
json_t *sql_events_after(struct db *, int64_t seq, struct err *);
json_t *sql_last_events(struct db *, int64_t limit, struct err *);
#endif
