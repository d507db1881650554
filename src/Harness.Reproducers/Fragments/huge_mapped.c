//include errno.h stdio.h string.h
//needs begin_step
/* The size of the huge pages in an anonymous mapping, from /proc/self/smaps. */
static int huge_mapped(int number, const char *map, unsigned long size)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long from, to, kilobytes, huge = 0;
	int inside = 0, failed;
	char line[512];

	if (!smaps) {
		failed = begin_step(number, "huge-mapped", -1);
		putchar('\n');
		return failed;
	}
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from < (unsigned long)map + size && to > (unsigned long)map;
		else if (inside && sscanf(line, "AnonHugePages: %lu kB", &kilobytes) == 1)
			huge += kilobytes << 10;
	}
	fclose(smaps);
	errno = ENOMEM;
	failed = begin_step(number, "huge-mapped", huge < size ? -1 : 0);
	printf(" size=0x%lx\n", huge);
	return failed;
}
