using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>
/// Which folder of a host the probe is stored in, and why others are not: a real sshd, with programs that fail as they
/// do where a file system is full, read-only, mounted noexec, or closed to root.
/// </summary>
public class FolderTests
{
    /// <summary>Fails in the folder {0}.</summary>
    private const string ReadOnly = """
        case $* in {0}*) echo "mktemp: failed to create file via template '$1': Read-only file system" >&2; exit 1;; esac
        exec /usr/bin/mktemp "$@"
        """;

    [Test]
    public async Task A_read_only_folder_is_passed_over()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        string runtime = sshd.PathOf("runtime");
        sshd.Provide("mktemp", ReadOnly.Replace("{0}", runtime, StringComparison.Ordinal));

        var survey = await TargetSurvey.TakeAsync(connection);

        Assert.That(survey.Base, Is.EqualTo("/tmp"));
        Assert.That(survey.Unusable, Is.EqualTo(new[] { $"{runtime}: Read-only file system" }));
    }

    [Test]
    public async Task A_folder_without_room_for_the_probe_is_passed_over_unless_the_probe_is_there()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        string runtime = sshd.PathOf("runtime");
        sshd.Provide(
            "df",
            $$"""
            echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
            case $* in *{{runtime}}*) echo 'tmpfs 256 256 3 100% /x';; *) echo 'tmpfs 256 0 300 0% /tmp';; esac
            """
        );
        var needs = new FolderNeeds { Bytes = 300 << 10, Kept = "stage2-probe-0123" };

        var survey = await TargetSurvey.TakeAsync(connection, needs);
        Assert.That(survey.Base, Is.EqualTo("/tmp"), "which has just enough");
        Assert.That(survey.Unusable, Is.EqualTo(new[] { $"{runtime}: 3 KiB are free, and 300 are needed" }));

        string kept = Directory.CreateDirectory(Path.Combine(runtime, $"stage2-probe-0123-{survey.UserId}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(kept, "probe"), "");
        File.SetUnixFileMode(Path.Combine(kept, "probe"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That((await TargetSurvey.TakeAsync(connection, needs)).Base, Is.EqualTo(runtime));
    }

    [Test]
    public async Task A_folder_in_which_not_even_a_line_can_be_written_is_full()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        // Writing to it fails with ENOSPC.
        string full = sshd.PathOf("full");
        sshd.Provide("mktemp", $"ln -sf /dev/full {full} && echo {full}");
        var survey = await TargetSurvey.TakeAsync(connection);
        Assert.That(survey.Base, Is.Null);
        Assert.That(survey.Unusable, Has.Some.EqualTo("/tmp: No space left on device"));
    }

    [Test]
    public async Task A_folder_that_is_closed_to_root_is_not_taken_for_a_probe_of_sudo()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        string runtime = sshd.PathOf("runtime");
        sshd.Provide("id", "echo 1000");
        sshd.Provide("sudo", $"[ \"$1\" = -n ] || exit 9; shift; case $1 in {runtime}*) exit 1;; esac; exec \"$@\"");

        var survey = await TargetSurvey.TakeAsync(connection, new FolderNeeds { Sudo = true });

        Assert.That(survey.Base, Is.EqualTo("/tmp"));
        Assert.That(survey.Unusable, Is.EqualTo(new[] { $"{runtime}: root can't execute what is in it" }));
        Assert.That((await TargetSurvey.TakeAsync(connection)).Base, Is.EqualTo(runtime), "without sudo it is good");

        sshd.Provide("sudo", "echo 'sudo: a password is required' >&2; exit 1");
        var refused = await TargetSurvey.TakeAsync(connection, new FolderNeeds { Sudo = true });
        Assert.That(refused.Base, Is.EqualTo(runtime), "that sudo can't be used is reported by itself");
    }

    [Test]
    public async Task The_folder_of_the_configuration_is_the_only_candidate()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        string named = Directory.CreateDirectory(sshd.PathOf("it's here")).FullName;

        var survey = await TargetSurvey.TakeAsync(connection, new FolderNeeds { Only = named });
        Assert.That((survey.Base, survey.EnsureBase("lab")), Is.EqualTo((named, named)));
        Assert.That(Directory.GetFileSystemEntries(named), Is.Empty, "what it tried with is gone");

        var absent = await TargetSurvey.TakeAsync(connection, new FolderNeeds { Only = named + "/x" });
        Assert.That(
            () => absent.EnsureBase("lab"),
            Throws
                .TypeOf<TargetException>()
                .With.Message.EqualTo(
                    $"target 'lab': its \"folder\" in harness.json can't be used: {named}/x: there is no such folder"
                )
        );
    }

    [Test]
    public async Task Without_any_folder_each_one_is_named_with_its_reason_and_the_setting_that_names_another()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        // As on file systems mounted noexec: created files can't be executed.
        sshd.Provide("chmod", "exit 0");
        sshd.Provide("mktemp", ReadOnly.Replace("{0}", "/var/tmp", StringComparison.Ordinal));
        var survey = await TargetSurvey.TakeAsync(connection) with { Machine = ProbeDeployment.Machine };

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new ProbeDeployment(new ProbeFile("#!/bin/sh\n"u8.ToArray())).DeployAsync(connection, survey)
        );

        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.NoPermission));
        Assert.That(
            thrown.Message,
            Does.Contain("/tmp: nothing in it can be executed (noexec); /var/tmp: Read-only file system; ")
                .And.Contain("\"folder\" of the target in harness.json")
        );
    }

    [Test]
    public async Task A_probe_that_can_not_be_stored_is_an_error_with_the_hosts_words_and_the_setting()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await TargetSurvey.TakeAsync(connection) with { Machine = ProbeDeployment.Machine };
        sshd.Provide("mv", "echo 'mv: Disk quota exceeded' >&2; exit 1");

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new ProbeDeployment(new ProbeFile("#!/bin/sh\n"u8.ToArray())).DeployAsync(connection, survey)
        );

        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Upload));
        Assert.That(
            thrown.Message,
            Does.Contain("mv: Disk quota exceeded (\"folder\" of the target in harness.json names another place)")
        );
    }
}
