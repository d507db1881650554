namespace Harness.Store;

/// <summary>The database could not be used. The message is one line for the user and names the file.</summary>
public class StoreException : Exception
{
    public StoreException(string message)
        : base(message) { }

    public StoreException(string message, Exception inner)
        : base(message, inner) { }
}

/// <summary>The disk is full: what was stored before is kept, later records are not.</summary>
public sealed class StoreFullException : StoreException
{
    public StoreFullException(string message, Exception inner)
        : base(message, inner) { }
}
