/* Connections through tcpproxy, as its usual setup protects their server: opened packet by packet, as client and server would. */
#ifndef NETVM_BENCH_HANDSHAKE_H
#define NETVM_BENCH_HANDSHAKE_H

#include "../abi/nf.h"

#define HANDSHAKES 1024u

/* Opens that of number i: from 198.18.0.0, port 1024 + i, to 198.19.0.1, port 80. Returns 0, or -1 where the proxy does otherwise. */
int handshake_open(const struct netvm_nf *nf, uint32_t i);

/* A segment of it with 6 bytes of data from the client. Returns its length. */
uint32_t handshake_data(uint8_t *frame, uint32_t i);

/* Opens all of them. Returns 0, or -1 with a sentence in `error`. */
int handshakes_open(const struct netvm_nf *nf, char *error, uint32_t error_bytes);

#endif
