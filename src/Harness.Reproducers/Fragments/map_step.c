//include stdio.h sys/mman.h
//needs begin_step
static int map_step(int number, const char *op, void *address)
{
	int failed = begin_step(number, op, address == MAP_FAILED ? -1 : 0);

	if (!failed)
		printf(" address=%p", address);
	putchar('\n');
	return failed;
}
