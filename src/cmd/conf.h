/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd/conf: the node's configuration file, read by serve and written by init.  Its keys are the rows
 * of conf.def; anything else in it is an error that names the line.
 */
#ifndef ENT_CMD_CONF_H
#define ENT_CMD_CONF_H

#include "base/buf.h"

#define CONF_NAME "entente.conf"
#define CONF_FILE_MAX ((size_t)65536)

struct conf {
#define CONF_TEXT(name, otherwise, max, help) char name[(max) + 1];
#define CONF_INT(name, otherwise, min, max, help) unsigned name;
#include "cmd/conf.def"
#undef CONF_TEXT
#undef CONF_INT
};

struct conf conf_default(void);

/* EFIELD: why names file, line and remedy; an unknown key, the nearest. */
ENT_CHECK enum ent_err conf_parse(struct bytes text, const char *file, struct conf *out,
    struct ent_why *why);
ENT_CHECK enum ent_err conf_read(const char *dir, struct conf *out, struct ent_why *why);

/* The file's text, with each key's help as a comment; keys with their defaults are commented out. */
void conf_write(const struct conf *c, const char *service, const char *code, struct buf *out);

#endif
