//include errno.h stdio.h
//needs errno_name
/* Prints the beginning of a step's line; returns whether its system call failed. */
static int begin_step(int number, const char *op, long ret)
{
	int error = ret < 0 ? errno : 0;

	printf("step %d op=%s ret=%ld errno=%d(%s)", number, op, ret, error,
	       errno_name(error));
	return error != 0;
}
