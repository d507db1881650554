//include stdio.h
//needs begin_step
static int step(int number, const char *op, long ret)
{
	int failed = begin_step(number, op, ret);

	putchar('\n');
	return failed;
}
