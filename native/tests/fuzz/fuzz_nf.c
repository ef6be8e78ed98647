/*
 * A libFuzzer target of one NF: an input is a burst of frames, each of its length (2 bytes, network order) and its bytes,
 * cut short where the input ends. Each lies in a buffer of its own that ends where it ends, so that the address sanitizer
 * sees a read past it. With -DNETVM_REPLAY and no libFuzzer: main() reads the files it is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../abi/bytes.h"
#include "../../abi/region.h"
#include "../../bench/setups.h"

#define FRAME_MAX 2048u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	char error[512];
	const struct setup *s = NULL; /* the last of its setups: the one with the most code behind it */
	for (const struct setup *i = setups; i->nf; i++)
		s = strcmp(i->nf, netvm_nf.name) == 0 ? i : s;
	if (!s || setup_start(&netvm_nf, s, error, sizeof error) != 0) {
		fprintf(stderr, "fuzz: %s: %s\n", netvm_nf.name, s ? error : "has no setup");
		exit(3);
	}
	setup_services(&netvm_nf);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netvm_packet packets[NETVM_NF_BURST];
	uint32_t n = 0;
	while (size > 2 && n < NETVM_NF_BURST) {
		size_t length = netvm_be16(data) % FRAME_MAX;
		data += 2;
		size -= 2;
		length = length < size ? length : size;
		if (length == 0)
			continue;
		packets[n] = (struct netvm_packet){.data = malloc(length), .length = (uint16_t)length};
		memcpy(packets[n++].data, data, length);
		data += length;
		size -= length;
	}
	if (n > 0)
		netvm_nf.process(packets, n);
	for (uint32_t i = 0; i < n; i++) {
		if ((packets[i].action & ~NETVM_ACTION_FLOW) > NETVM_ACTION_PORT)
			abort(); /* no action an NF may ask for */
		free(packets[i].data);
	}
	return 0;
}

#ifdef NETVM_REPLAY
static int replay(const char *file)
{
	static uint8_t input[65536];
	FILE *in = fopen(file, "re");
	if (!in) {
		perror(file);
		return 3;
	}
	size_t size = fread(input, 1, sizeof input, in);
	fclose(in);
	return LLVMFuzzerTestOneInput(input, size);
}

int main(int argc, char **argv)
{
	int result = argc < 2 ? 2 : LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc && result == 0; i++)
		result = replay(argv[i]);
	fprintf(stderr, "fuzz: %s: %d inputs replayed\n", netvm_nf.name, argc - 1);
	return result;
}
#endif
