/*
 * What a network function is: freestanding C against this header. The same source runs in a process on NetVM's rings
 * (nflib), in a virtual machine with a kernel (guest/nf_main.c) or without (microvm/guest), in netvmd's own thread (nflib/module.c), behind a virtio port
 * (vswitch/nf_virtio.c; in a guest guest/nf_virtio.c and guest/nf_packet.c) and on a virtual function of a NIC (vswitch/nf_vf.c): only the I/O around it differs.
 */
#ifndef NETVM_ABI_NF_H
#define NETVM_ABI_NF_H

#include <stdint.h>

#define NETVM_NF_BURST 64u

/* What an NF wants done with a packet. */
enum netvm_action {
	NETVM_ACTION_NEXT = 0,    /* on along its way; out of the port where that ends */
	NETVM_ACTION_DROP = 1,
	NETVM_ACTION_SERVICE = 2, /* to the service whose number is in `target`, and on from there */
	NETVM_ACTION_PORT = 3,    /* out of the port in `target`, past the NFs that follow in this trust domain */
	/* With SERVICE or PORT: and so with all later packets of its flow. */
	NETVM_ACTION_FLOW = 0x80,
};

struct netvm_packet {
	uint8_t *data;   /* first byte of the Ethernet frame */
	uint16_t length; /* without CRC */
	uint8_t action;  /* enum netvm_action; NEXT unless the NF says otherwise */
	uint8_t target;  /* the port that it came in on; with SERVICE or PORT, where it is to go */
	uint32_t flow_hash;
};
_Static_assert(sizeof(struct netvm_packet) == 16, "four packets fit a cache line");

/* The number of a service by its name, or -1 where there is none in this NF's trust domain. */
typedef int (*netvm_service_number)(const char *name);

struct netvm_nf {
	const char *name;
	const char *usage; /* one line for each option, or NULL */
	/* Called once with the NF's own options (argv[0] is the first). Returns 0, or -1 with a sentence in `error`. */
	int (*start)(int argc, char **argv, char *error, uint32_t error_bytes);
	/* Called with 1 to NETVM_NF_BURST packets. May rewrite bytes within `length`, and set `action` and `target`. */
	void (*process)(struct netvm_packet *packets, uint32_t n);
	/*
	 * Called before the first packet and whenever services have come or gone, for an NF that sends packets to some by name; or NULL.
	 * Where an NF does not run on NetVM's rings there are none, and SERVICE and PORT are NEXT.
	 */
	void (*services)(netvm_service_number number);
	/* Called once when the NF leaves in an orderly way, or NULL. */
	void (*stop)(void);
};

/* Each NF defines this one symbol. */
extern const struct netvm_nf netvm_nf;

/* Of what is above; it grows with every change to it. */
#define NETVM_NF_ABI 2u

/* What an NF that is built as a shared object shows to the program that loads it. */
struct netvm_nf_module {
	uint32_t abi_version;  /* NETVM_NF_ABI; stays the first, whatever else changes */
	uint32_t packet_bytes; /* sizeof(struct netvm_packet) */
	const struct netvm_nf *nf;
};

/* The one symbol that it exports. */
extern const struct netvm_nf_module netvm_nf_module;

#endif
