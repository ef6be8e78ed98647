/*
 * The memif protocol, version 2.0, as both ends see it: messages on a SOCK_SEQPACKET socket, each of 128 bytes, and rings of
 * descriptors in memory that the client shares. After the protocol's public description; the names are its own.
 */
#ifndef NETVM_GEN_MEMIF_H
#define NETVM_GEN_MEMIF_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define MEMIF_COOKIE 0x3e31f20u
#define MEMIF_VERSION 0x0200u
#define MEMIF_NAME_BYTES 32
#define MEMIF_LOG2_RING_MAX 14u

enum memif_type {
	MEMIF_ACK = 1,
	MEMIF_HELLO = 2,
	MEMIF_INIT = 3,
	MEMIF_ADD_REGION = 4, /* with the file's descriptor */
	MEMIF_ADD_RING = 5,   /* with an eventfd, for who wants interrupts */
	MEMIF_CONNECT = 6,
	MEMIF_CONNECTED = 7,
	MEMIF_DISCONNECT = 8,
};

struct __attribute__((packed)) memif_hello {
	char name[MEMIF_NAME_BYTES];
	uint16_t min_version, max_version;
	uint16_t max_region;             /* highest index, as are the next two */
	uint16_t max_s2c_ring, max_c2s_ring;
	uint8_t max_log2_ring_size;
};

#define MEMIF_MODE_ETHERNET 0u

struct __attribute__((packed)) memif_init {
	uint16_t version;
	uint32_t id;
	uint8_t mode;
	char secret[24];
	char name[MEMIF_NAME_BYTES];
};

struct __attribute__((packed)) memif_add_region {
	uint16_t index;
	uint64_t size;
};

#define MEMIF_RING_C2S 1u /* in flags; otherwise server to client */

struct __attribute__((packed)) memif_add_ring {
	uint16_t flags;
	uint16_t index;
	uint16_t region;
	uint32_t offset;
	uint8_t log2_ring_size;
	uint16_t private_header_size;
};

struct __attribute__((packed)) memif_disconnect {
	uint32_t code;
	char reason[96];
};

struct __attribute__((packed)) memif_message {
	uint16_t type;
	union {
		struct memif_hello hello;
		struct memif_init init;
		struct memif_add_region add_region;
		struct memif_add_ring add_ring;
		char interface_name[MEMIF_NAME_BYTES]; /* of connect and connected */
		struct memif_disconnect disconnect;
		uint8_t bytes[126];
	};
};
static_assert(sizeof(struct memif_message) == 128, "as the protocol has it");
static_assert(sizeof(struct memif_hello) == 43 && sizeof(struct memif_init) == 63, "packed");
static_assert(sizeof(struct memif_add_ring) == 13 && sizeof(struct memif_disconnect) == 100, "packed");

#define MEMIF_DESC_NEXT 1u /* the frame goes on in the next descriptor's buffer */

struct memif_desc {
	uint16_t flags;
	uint16_t region;
	uint32_t length; /* of the buffer while it is empty, of the frame's piece when it is filled */
	uint32_t offset;
	uint32_t metadata;
};
static_assert(sizeof(struct memif_desc) == 16, "four in a cache line");

#define MEMIF_RING_MASK_INTERRUPT 1u /* this end polls */

/* Both indexes run freely and wrap at 65536. Client to server: the client moves head. Server to client: it offers buffers by head. */
struct memif_ring {
	uint32_t cookie;
	uint16_t flags;
	uint16_t head;
	_Alignas(64) uint16_t tail;
	_Alignas(64) struct memif_desc desc[];
};
static_assert(offsetof(struct memif_ring, head) == 6 && offsetof(struct memif_ring, tail) == 64, "as the protocol has it");
static_assert(offsetof(struct memif_ring, desc) == 128, "as the protocol has it");

#endif
