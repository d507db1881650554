namespace Harness.Cli.Tests;

/// <summary>The command of --notify.</summary>
public sealed class NotificationTests
{
    private string _file = "";

    [SetUp]
    public void NameFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_file);

    private static Task<string?> Hand(string command) =>
        Notification.HandAsync(command, "first 'line'\nsecond\n", "run-1", "/a b.db", 1);

    [Test]
    public async Task The_text_is_on_its_stdin_and_what_mail_needs_in_its_environment()
    {
        Assert.That(
            await Hand(
                $"(cat; printf '%s|' \"$HARNESS_SUBJECT\" \"$HARNESS_RUN\" \"$HARNESS_DB\" $HARNESS_EXIT_CODE) > {_file}"
            ),
            Is.Null
        );
        Assert.That(File.ReadAllText(_file), Is.EqualTo("first 'line'\nsecond\nfirst 'line'|run-1|/a b.db|1|"));
    }

    [Test]
    public async Task A_command_that_fails_is_reported()
    {
        Assert.That(await Hand("exit 3"), Is.EqualTo("it ended with 3"));
        Assert.That(await Hand("/no/such/mail 2>/dev/null"), Is.EqualTo("it ended with 127"));
    }

    [Test]
    public async Task Background_processes_of_a_command_continue()
    {
        Assert.That(await Hand($"(cat >/dev/null; sleep 0.2; echo sent > {_file}) & exec 0<&-"), Is.Null);
        while (new FileInfo(_file).Length == 0)
            await Task.Delay(20);
        Assert.That(File.ReadAllText(_file), Is.EqualTo("sent\n"));
    }
}
