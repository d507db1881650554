using System.Net;
using Harness.Reports;
using Harness.Site.Pages;
using Harness.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Harness.Site;

/// <summary>Shows databases to browsers; never writes to them.</summary>
public sealed class SiteServer : IAsyncDisposable
{
    /// <summary>Nothing from elsewhere, and no script or style inside a page but in its data.</summary>
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private readonly WebApplication _application;
    private readonly Library _library;
    private readonly SiteRenderer _renderer = new();

    private SiteServer(WebApplication application, Library library) =>
        (_application, _library) = (application, library);

    /// <summary>The address that it listens on, "http://127.0.0.1:8273".</summary>
    public string Url =>
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <param name="stores">The databases.</param>
    /// <param name="listen">Port 0: any that is free.</param>
    /// <param name="known">What broken properties are known for.</param>
    /// <exception cref="IOException">The address is in use, or not one of this machine.</exception>
    /// <exception cref="StoreException">A file can't be used.</exception>
    public static async Task<SiteServer> StartAsync(
        IReadOnlyList<ResultStore> stores,
        IPEndPoint listen,
        KnownFindings? known = null,
        CancellationToken cancel = default
    )
    {
        var library = new Library(stores, known);
        library.Read();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        // Ctrl+C is the command line's.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddResponseCompression(o =>
        {
            o.EnableForHttps = true;
            o.Providers.Add<GzipCompressionProvider>();
        });
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.AddServerHeader = false;
            o.Listen(listen);
        });
        var server = new SiteServer(builder.Build(), library);
        server._application.UseResponseCompression();
        if (IPAddress.IsLoopback(listen.Address))
            server._application.Use(OnlyLoopbackNames);
        server._application.Run(server.AnswerAsync);
        try
        {
            await server._application.StartAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        await _renderer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Otherwise a page of another site could read the databases by a name of its own that resolves to this machine
    /// (DNS rebinding).
    /// </summary>
    private static Task OnlyLoopbackNames(HttpContext http, RequestDelegate next)
    {
        string host = http.Request.Host.Host;
        return host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address))
            ? next(http)
            : PlainAsync(
                http,
                StatusCodes.Status421MisdirectedRequest,
                $"This server answers as localhost, not as {host}."
            );
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            headers.Allow = "GET, HEAD";
            await PlainAsync(http, StatusCodes.Status405MethodNotAllowed, "This server only shows results.")
                .ConfigureAwait(false);
            return;
        }
        string path = http.Request.Path.Value!.TrimStart('/');
        if (SiteAssets.Find(path) is { } asset)
        {
            headers.CacheControl = "max-age=3600";
            http.Response.ContentType = $"{asset.Type}; charset=utf-8";
            await http.Response.WriteAsync(asset.Text, http.RequestAborted).ConfigureAwait(false);
            return;
        }
        headers.CacheControl = "no-cache";
        try
        {
            await PageAsync(http, path.Length == 0 ? Address.Home.Path : path).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            await PlainAsync(http, StatusCodes.Status503ServiceUnavailable, e.Message).ConfigureAwait(false);
        }
    }

    private async Task PageAsync(HttpContext http, string path)
    {
        var content = _library.Read();
        var query = http.Request.Query;
        if (
            path == Address.Compare.Path
            && query["before"].ToString() is { Length: > 0 } before
            && query["after"].ToString() is { Length: > 0 } after
        )
        {
            http.Response.Redirect(Address.Comparison(before, after).Path);
            return;
        }
        var view = SitePages.Find(content, path);
        http.Response.StatusCode = view is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        http.Response.ContentType = "text/html; charset=utf-8";
        string html = await _renderer
            .RenderAsync(
                view ?? PageView.Of<MissingPage>(),
                new PageRequest(content, new Address(path), IsServed: true) { Query = query["q"] }
            )
            .ConfigureAwait(false);
        await http.Response.WriteAsync(html, http.RequestAborted).ConfigureAwait(false);
    }

    private static Task PlainAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text + "\n", http.RequestAborted);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
