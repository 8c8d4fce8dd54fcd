package cmd_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// proxy stands before Debian's docker-registry, which listens on a socket in the script's
// directory, and does to the answers what a script says.
type proxy struct {
	server *httptest.Server

	mutex sync.Mutex
	rules []*rule
	log   bytes.Buffer
}

// registries are those of all scripts that run, by their addresses.
var registries sync.Map

// The user that a registry knows, and a hash of the password (bcrypt).
const (
	registryUser     = "user"
	registryPassword = "secret"
	registryHash     = "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"
)

const registryUsage = "registry VARIABLE [anonymous|basic|token] [tls]"

// cmdRegistry is "registry VARIABLE [anonymous|basic|token] [tls]": a registry runs until the
// script ends. Its address is in VARIABLE. With a user it knows user:secret alone. With tls
// its certificate is in the file VARIABLE.crt.
func cmdRegistry(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, registryUsage)
	name, how, dir := args[0], append(args[1:], "anonymous")[0], ts.MkAbs(args[0]+".registry")
	ts.Check(os.MkdirAll(dir, 0o755))
	socket := filepath.Join(dir, "s")
	config := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/data}, delete: {enabled: true}}\n"+
		"http: {net: unix, addr: %s, relativeurls: true}\n", dir, socket)
	switch how {
	case "basic":
		ts.Check(os.WriteFile(dir+"/htpasswd", []byte(registryUser+":"+registryHash+"\n"), 0o600))
		config += fmt.Sprintf("auth: {htpasswd: {realm: registry, path: %s/htpasswd}}\n", dir)
	case "token":
		tokens := newTokens(ts)
		ts.Check(os.WriteFile(dir+"/root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tokens.certificate}), 0o600))
		config += fmt.Sprintf("auth: {token: {realm: '%s/token', service: registry, issuer: tokens, rootcertbundle: %s/root.pem}}\n", tokens.server.URL, dir)
	}
	ts.Check(os.WriteFile(dir+"/config.yml", []byte(config), 0o600))
	serveRegistry(ts, dir, socket)
	p := newProxy(socket)
	if len(args) > 2 && args[2] == "tls" {
		p.server.StartTLS()
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs(name+".crt"), block, 0o644))
	} else {
		p.server.Start()
	}
	address := p.server.Listener.Addr().String()
	registries.Store(address, p)
	ts.Defer(func() {
		registries.Delete(address)
		p.setRules(nil)
		p.server.CloseClientConnections()
		p.server.Close()
	})
	ts.Setenv(name, address)
	ts.Setenv(name+"_PORT", strconv.Itoa(p.server.Listener.Addr().(*net.TCPAddr).Port))
}

// serveRegistry starts a registry, which ends with the script, and waits for its socket.
func serveRegistry(ts *testscript.TestScript, dir, socket string) {
	command := exec.Command("docker-registry", "serve", dir+"/config.yml")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	ts.Check(command.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := command.Wait(); err != nil {
			return // as it is killed
		}
	}()
	ts.Defer(func() {
		ts.Check(command.Process.Kill())
		<-ended
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("unix", socket)
		if err == nil {
			ts.Check(connection.Close())
			return
		}
	}
	ts.Fatalf("docker-registry does not start")
}

func newProxy(socket string) *proxy {
	p := &proxy{}
	reverse := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: r.In.Host})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}, DisableCompression: true},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Range")
		p.mutex.Lock()
		fmt.Fprintln(&p.log, strings.TrimSpace(line))
		p.mutex.Unlock()
		if rule := p.match(r); rule != nil {
			rule.serve(w, r, reverse)
			return
		}
		reverse.ServeHTTP(w, r)
	}))
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return p
}

// rule is what is done to some of the answers.
type rule struct {
	method, part string
	// times is how often it is done, -1 for always.
	times int
	what  string
	n     int64
	ended chan struct{}
}

const faultsUsage = "faults ADDRESS [METHOD PART TIMES WHAT=N]..."

// cmdFaults is "faults ADDRESS [METHOD PART TIMES WHAT=N]...": from now on
// answers to the first TIMES requests (-1: all) with METHOD and PART in their path, where no
// earlier rule is about them, are changed. WHAT is
//
//	status=N    a refusal with that status
//	cut=N       no more than N bytes of the content, and then the end of the connection
//	stall=N     no more than N bytes, and then nothing until there are other rules
//	corrupt=N   the byte N is another one
//	length=N    a Content-Length that is N more than what there is
//	more=N      N bytes more than there should be
//	retry=N     429 with Retry-After: N
//
// Rules of before no longer count.
func cmdFaults(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, faultsUsage)
	p := proxyAt(ts, args[0])
	var rules []*rule
	for args = args[1:]; len(args) >= 4; args = args[4:] {
		times, err := strconv.Atoi(args[2])
		ts.Check(err)
		what, number, _ := strings.Cut(args[3], "=")
		n, err := strconv.ParseInt(number, 10, 64)
		ts.Check(err)
		rules = append(rules, &rule{method: args[0], part: args[1], times: times, what: what, n: n, ended: make(chan struct{})})
	}
	if len(args) != 0 {
		ts.Fatalf("usage: %s", faultsUsage)
	}
	p.setRules(rules)
}

// cmdRegistryLog is "registry-log ADDRESS FILE": FILE has the requests that came, each in a
// line, with its range.
func cmdRegistryLog(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "registry-log ADDRESS FILE")
	p := proxyAt(ts, args[0])
	p.mutex.Lock()
	defer p.mutex.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), p.log.Bytes(), 0o644))
	p.log.Reset()
}

func proxyAt(ts *testscript.TestScript, address string) *proxy {
	found, is := registries.Load(address)
	if !is {
		ts.Fatalf("there is no registry at %s", address)
	}
	return found.(*proxy)
}

func (p *proxy) setRules(rules []*rule) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, rule := range p.rules {
		close(rule.ended)
	}
	p.rules = rules
}

func (p *proxy) match(r *http.Request) *rule {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, rule := range p.rules {
		if rule.times != 0 && rule.method == r.Method && strings.Contains(r.URL.Path, rule.part) {
			rule.times--
			return rule
		}
	}
	return nil
}

func (rule *rule) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch rule.what {
	case "retry":
		w.Header().Set("Retry-After", strconv.FormatInt(rule.n, 10))
		refuse(w, http.StatusTooManyRequests)
	case "status":
		refuse(w, int(rule.n))
	default:
		next.ServeHTTP(&faulty{ResponseWriter: w, rule: rule, request: r}, r)
	}
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := io.WriteString(w, `{"errors":[{"code":"FAULT","message":"the proxy says so"}]}`); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// faulty changes what is written.
type faulty struct {
	http.ResponseWriter
	rule    *rule
	request *http.Request
	at      int64
}

// Unwrap lets the reverse proxy flush.
func (f *faulty) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func (f *faulty) WriteHeader(status int) {
	length, err := strconv.ParseInt(f.Header().Get("Content-Length"), 10, 64)
	if err == nil && (f.rule.what == "length" || f.rule.what == "more") {
		f.Header().Set("Content-Length", strconv.FormatInt(length+f.rule.n, 10))
	}
	f.ResponseWriter.WriteHeader(status)
}

func (f *faulty) Write(content []byte) (int, error) {
	begin, end := f.at, f.at+int64(len(content))
	f.at = end
	switch n := f.rule.n; f.rule.what {
	case "cut", "stall":
		if end > n {
			f.end(content[:max(0, n-begin)])
		}
	case "corrupt":
		if begin <= n && n < end {
			content = bytes.Clone(content)
			content[n-begin] ^= 1
		}
	case "more":
		if begin == 0 {
			content = append(bytes.Repeat([]byte{'x'}, int(n)), content...)
			if _, err := f.ResponseWriter.Write(content); err != nil {
				return 0, err
			}
			return int(end - begin), nil
		}
	}
	return f.ResponseWriter.Write(content)
}

// end writes the last bytes of a connection.
func (f *faulty) end(last []byte) {
	_, err := f.ResponseWriter.Write(last)
	if flushed := http.NewResponseController(f.ResponseWriter).Flush(); err == nil {
		err = flushed
	}
	if f.rule.what == "stall" && err == nil {
		select {
		case <-f.request.Context().Done():
		case <-f.rule.ended:
		}
	}
	panic(http.ErrAbortHandler)
}

// cmdBasicAuth is "basic-auth VARIABLE USER PASSWORD": VARIABLE is how config.json has them.
func cmdBasicAuth(ts *testscript.TestScript, args []string) {
	needs(ts, args, 3, "basic-auth VARIABLE USER PASSWORD")
	ts.Setenv(args[0], base64.StdEncoding.EncodeToString([]byte(args[1]+":"+args[2])))
}

// cmdTunnel is "tunnel VARIABLE ADDRESS": a proxy for HTTPS runs until the script ends, which
// leads all hosts to ADDRESS. Its own address is in VARIABLE.
func cmdTunnel(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "tunnel VARIABLE ADDRESS")
	var all sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			refuse(w, http.StatusMethodNotAllowed)
			return
		}
		there, err := net.Dial("tcp", args[1])
		if err != nil {
			refuse(w, http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		all.Go(func() { pass(here, there) })
		all.Go(func() { pass(there, here) })
	}))
	ts.Defer(func() {
		server.Close()
		all.Wait()
	})
	ts.Setenv(args[0], server.URL)
}

// pass passes on what one connection says to the other, and closes both.
func pass(to, from net.Conn) {
	_, copied := io.Copy(to, from)
	if err := errors.Join(to.Close(), from.Close()); copied != nil || err != nil {
		return // as one of them is closed by the other direction
	}
}
