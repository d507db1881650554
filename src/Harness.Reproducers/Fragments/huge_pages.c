//include errno.h stdio.h
//needs write_file
#define HUGE_PAGES "/sys/kernel/mm/hugepages/hugepages-2048kB/"

/* The former size of hugetlbfs's pool, to be restored; -1: unchanged. */
static int pool_before = -1;

static int read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	int number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &number) != 1)
		errno = EIO;
	fclose(file);
	return number;
}

static int resize_pool(int pages)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", pages);
	return write_file(HUGE_PAGES "nr_hugepages", text);
}

/* Ensures that this many pages of 2 MiB are free. */
static int need_huge_pages(int count)
{
	int all = read_number(HUGE_PAGES "nr_hugepages");
	int free = read_number(HUGE_PAGES "free_hugepages");

	if (all < 0 || free < 0)
		return -1;
	if (free >= count)
		return 0;
	if (resize_pool(all + count - free))
		return -1;
	pool_before = all;
	if (read_number(HUGE_PAGES "free_hugepages") >= count)
		return 0;
	errno = ENOMEM;
	return -1;
}
