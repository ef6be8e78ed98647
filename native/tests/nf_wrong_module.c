/* Shared objects that are no NF for this netvmd: of another ABI, or without a function that every NF has. */
#include "../abi/nf.h"

static const struct netvm_nf nothing = {.name = "nothing"};

__attribute__((visibility("default"))) const struct netvm_nf_module netvm_nf_module = {
	.abi_version = NETVM_NF_ABI + WRONG_ABI,
	.packet_bytes = sizeof(struct netvm_packet),
	.nf = &nothing,
};
