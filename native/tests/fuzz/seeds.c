/* Writes the seed corpus into a directory: the crafted packets one by one, and all of them in one burst. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../corpus.h"

static void put(FILE *out, const struct crafted *c)
{
	uint8_t frame[CRAFT_BYTES], length[2];
	uint32_t bytes = craft(frame, c);
	netvm_put16(length, bytes);
	fwrite(length, 1, sizeof length, out);
	fwrite(frame, 1, bytes, out);
}

/* Packets first to last into one file. */
static int write_seed(const char *directory, const char *name, size_t first, size_t last)
{
	char file[4096];
	snprintf(file, sizeof file, "%s/%s-%02zu", directory, name, first);
	FILE *out = fopen(file, "we");
	if (!out) {
		perror(file);
		return -1;
	}
	for (size_t i = first; i <= last; i++)
		put(out, &corpus[i]);
	return fclose(out);
}

int main(int argc, char **argv)
{
	if (argc != 2 || (mkdir(argv[1], 0755) != 0 && errno != EEXIST)) {
		fprintf(stderr, "usage: fuzz-seeds DIRECTORY\n");
		return 2;
	}
	int result = write_seed(argv[1], "burst", 0, CORPUS - 1);
	for (size_t i = 0; i < CORPUS && result == 0; i++)
		result = write_seed(argv[1], "one", i, i);
	return result == 0 ? 0 : 3;
}
