/* Twins of migrations/functions/authority.sql, and of the view ca_overview. */
#include "cli/sql_inside.h"

json_t *
sql_add_authority(struct db *db, const struct new_authority *ca, struct err *ret_err)
{
	static const char sql[] =
	    "select certwright.add_certificate_authority($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9,"
	    " nullif($10, 0), $11, $12, $13::bytea)";
	struct pg_args *args = sql_texts(ca->id, ca->name, ca->directory);

	pg_add_text(args, ca->trust_file);
	pg_add_texts(args, ca->caa, ca->caa_count);
	pg_add_text(args, ca->contact);
	pg_add_text(args, ca->profile);
	pg_add_int(args, ca->preference);
	pg_add_int(args, ca->token_validity);
	pg_add_int(args, ca->orders_per_hour);
	pg_add_bytes(args, ca->account_key, ca->account_key_len);
	pg_add_text(args, ca->eab_kid);
	if (ca->eab_hmac != NULL)
		pg_add_bytes(args, ca->eab_hmac, ca->eab_hmac_len);
	else
		pg_add_text(args, NULL);
	return sql_object(db, sql, args, ret_err);
}

json_t *
sql_get_authority(struct db *db, const char *name, struct err *ret_err)
{
	return sql_object(db, "select certwright.get_certificate_authority($1)",
	    sql_texts(name, NULL, NULL), ret_err);
}

json_t *
sql_remove_authority(struct db *db, const char *name, struct err *ret_err)
{
	return sql_object(db, "select certwright.remove_certificate_authority($1)",
	    sql_texts(name, NULL, NULL), ret_err);
}

json_t *
sql_ca_overview(struct db *db, struct err *ret_err)
{
	return sql_array(db, "select to_json(c) from certwright.ca_overview c", NULL, ret_err);
}
