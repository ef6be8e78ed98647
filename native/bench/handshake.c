#include "handshake.h"

#include <stdio.h>

#include "../tests/craft.h"

#define CLIENT 0xc6120000u
#define SERVER 0xc6130001u
#define CLIENT_ISN 0x10000000u
#define SERVER_ISN 0x20000000u
#define ACK 0x10u
#define SYN 0x02u

static int take(const struct netvm_nf *nf, uint8_t *frame, const struct crafted *c)
{
	struct netvm_packet p = craft_packet(frame, c);
	nf->process(&p, 1);
	return p.action == NETVM_ACTION_NEXT ? frame[14 + 20 + 13] : -1;
}

static struct crafted from_client(uint32_t i, uint8_t flags)
{
	return (struct crafted){.protocol = NETVM_TCP, .src = CLIENT, .dst = SERVER, .src_port = (uint16_t)(1024 + i), .dst_port = 80,
				.seq = CLIENT_ISN + (flags != SYN), .tcp_flags = flags, .window = 65535};
}

int handshake_open(const struct netvm_nf *nf, uint32_t i)
{
	uint8_t frame[CRAFT_BYTES];
	struct crafted c = from_client(i, SYN);
	if (take(nf, frame, &c) != (SYN | ACK))
		return -1;
	c = from_client(i, ACK);
	c.ack = netvm_be32(frame + 14 + 20 + 4) + 1;
	if (take(nf, frame, &c) != SYN)
		return -1;
	c = (struct crafted){.protocol = NETVM_TCP, .src = SERVER, .dst = CLIENT, .src_port = 80, .dst_port = (uint16_t)(1024 + i),
			     .seq = SERVER_ISN, .ack = CLIENT_ISN + 1, .tcp_flags = SYN | ACK, .window = 65535, .mss = 1460};
	return take(nf, frame, &c) == ACK ? 0 : -1;
}

uint32_t handshake_data(uint8_t *frame, uint32_t i)
{
	struct crafted c = from_client(i, ACK);
	c.payload = "bench!";
	c.payload_bytes = 6;
	return craft(frame, &c);
}

int handshakes_open(const struct netvm_nf *nf, char *error, uint32_t error_bytes)
{
	for (uint32_t i = 0; i < HANDSHAKES; i++) {
		if (handshake_open(nf, i) != 0) {
			snprintf(error, error_bytes, "connection %u does not open", i);
			return -1;
		}
	}
	return 0;
}
