/* What the server says to a client's messages. */
#ifndef NETVM_GEN_MEMIF_HANDSHAKE_H
#define NETVM_GEN_MEMIF_HANDSHAKE_H

#include "memif_server.h"

void memif_send_hello(struct memif_server *s);

/*
 * Obeys one message, whole, with the file that came with it (-1: none; the caller closes it). Returns NULL, or the rule that it breaks.
 * The link is up after the client's connect.
 */
const char *memif_obey(struct memif_server *s, const struct memif_message *m, int file);

#endif
