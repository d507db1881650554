using Harness.Cli.Configuration;

namespace Harness.Cli.Actions;

internal static class InitAction
{
    private const string Schema = "harness.schema.json";

    /// <param name="folder">Created if it doesn't exist.</param>
    /// <param name="console">Prints the files that were written.</param>
    /// <exception cref="UsageException">There is a configuration, or nothing can be written.</exception>
    public static int Execute(string folder, HarnessConsole console)
    {
        string file = Path.Combine(folder, ConfigurationFile.Name);
        if (File.Exists(file))
            throw new UsageException($"{file} already exists: remove it first, or name another folder");
        try
        {
            Directory.CreateDirectory(folder);
            NewFile.ReplaceText(Path.Combine(folder, Schema), text =>
                text.Write(ConfigurationSchema.Text(ConfigurationSchema.Create()))
            );
            NewFile.ReplaceText(file, text => text.Write(Configuration()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteFault.Of($"{file} can't be written", e);
        }
        console.Out.WriteLine(Reports.Printable.Of(file));
        console.Error.WriteLine(
            $"harness: to install the required Debian packages: bash {Processes.ShellQuote.Word(Installation.Setup)}"
        );
        return ExitCodes.Ok;
    }

    /// <summary>The repository's own, with the schema in the new folder.</summary>
    private static string Configuration()
    {
        using var reader = new StreamReader(
            typeof(InitAction).Assembly.GetManifestResourceStream(ConfigurationFile.Name)!
        );
        return reader.ReadToEnd().Replace($"\"docs/{Schema}\"", $"\"{Schema}\"", StringComparison.Ordinal);
    }
}
