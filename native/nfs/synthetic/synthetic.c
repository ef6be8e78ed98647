/* synthetic: costs what it is told to, for figures of throughput over NF cost; changes nothing. */
#include "../../abi/nf.h"
#include "../common/memory.h"
#include "../common/options.h"

#define LINE 64u
#define CYCLES_A_STEP 4u /* a multiplication (3) and an addition (1) that wait for each other, on any x86 of the last decade */

static uint64_t cycles, frame_bytes, memory_bytes, memory_kib = 256;
static uint64_t *memory;
static uint64_t cursor, words_mask;
static volatile uint64_t result; /* so that no work is seen as useless */

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const struct nf_option options[] = {
		{.name = "--cycles", .kind = NF_NUMBER, .value = &cycles, .max = 1000000},
		{.name = "--frame-bytes", .kind = NF_NUMBER, .value = &frame_bytes, .max = 65535},
		{.name = "--memory-bytes", .kind = NF_NUMBER, .value = &memory_bytes, .max = 65536},
		{.name = "--memory-kib", .kind = NF_NUMBER, .value = &memory_kib, .min = 64, .max = 65536},
	};
	cycles = frame_bytes = memory_bytes = cursor = 0;
	memory_kib = 256;
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0)
		return -1;
	if (memory_kib & (memory_kib - 1)) {
		snprintf(error, error_bytes, "--memory-kib: expected a power of two, got %lu", memory_kib);
		return -1;
	}
	nf_give_back((void **)&memory); /* of another size */
	words_mask = memory_kib * 1024 / sizeof memory[0] - 1;
	return nf_table((void **)&memory, memory_kib * 1024, "--memory-kib", error, error_bytes);
}

static uint64_t spend(uint64_t x)
{
	for (uint64_t i = 0; i < cycles / CYCLES_A_STEP; i++) {
		x = x * 0x9e3779b97f4a7c15ull + 1;
		__asm__ volatile("" : "+r"(x)); /* the compiler may not see through the chain */
	}
	return x;
}

/* Reads every byte of the frame that was asked for, a line at a time where there is one. */
static uint64_t read_frame(const uint8_t *frame, uint64_t length, uint64_t x)
{
	uint64_t n = frame_bytes < length ? frame_bytes : length;
	for (uint64_t i = 0; i < n; i++)
		x += frame[i];
	return x;
}

/* Reads and writes the next bytes of a memory of its own, round and round: state that does not fit a cache shows here. */
static uint64_t touch_memory(uint64_t x)
{
	for (uint64_t i = 0; i < memory_bytes; i += LINE, cursor += LINE / sizeof memory[0])
		x += memory[cursor & words_mask]++;
	return x;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint64_t x = result;
	for (uint32_t i = 0; i < n; i++)
		x = touch_memory(read_frame(packets[i].data, packets[i].length, spend(x)));
	result = x;
}

static void stop(void)
{
	nf_give_back((void **)&memory);
}

const struct netvm_nf netvm_nf = {
	.name = "synthetic",
	.usage = "  --cycles N         core cycles of dependent arithmetic a packet, 0 to 1000000 (0)\n"
		 "  --frame-bytes N    bytes of the frame to read (0)\n"
		 "  --memory-bytes N   bytes of its own memory to read and write a packet, by whole cache lines (0)\n"
		 "  --memory-kib N     size of that memory, a power of two (256)",
	.start = start,
	.process = process,
	.stop = stop,
};
