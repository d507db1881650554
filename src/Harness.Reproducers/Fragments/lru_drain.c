//include stddef.h sys/syscall.h unistd.h
/* Pages that wait on some processor are added to the kernel's lists: move_pages(2) of a page to where it is. */
static void lru_drain(void)
{
	int node = 0;
	void *page = &node;

	if (!syscall(SYS_move_pages, 0, 1UL, &page, NULL, &node, 0) && node >= 0)
		syscall(SYS_move_pages, 0, 1UL, &page, &node, &node, 0);
}
