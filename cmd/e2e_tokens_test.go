package cmd_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// tokens gives tokens for a registry: to everybody for repositories whose names begin with
// "public/" to pull, and to the user for all.
type tokens struct {
	server      *httptest.Server
	key         *ecdsa.PrivateKey
	certificate []byte
}

func newTokens(ts *testscript.TestScript) *tokens {
	t := &tokens{}
	var err error
	t.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tokens"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	t.certificate, err = x509.CreateCertificate(rand.Reader, template, template, t.key.Public(), t.key)
	ts.Check(err)
	t.server = httptest.NewServer(t)
	ts.Defer(t.server.Close)
	return t
}

type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

func (t *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, said := r.BasicAuth()
	known := said && user == registryUser && password == registryPassword
	if said && !known {
		w.WriteHeader(http.StatusUnauthorized)
		writeJSON(w, map[string]string{"details": "incorrect username or password"})
		return
	}
	granted := []access{}
	for _, scope := range r.URL.Query()["scope"] {
		words := strings.Split(scope, ":")
		if len(words) != 3 {
			continue
		}
		actions := []string{}
		for _, action := range strings.Split(words[2], ",") {
			if known || strings.HasPrefix(words[1], "public/") && action == "pull" {
				actions = append(actions, action)
			}
		}
		granted = append(granted, access{words[0], words[1], actions})
	}
	writeJSON(w, map[string]string{"token": t.sign(user, granted)})
}

func writeJSON(w http.ResponseWriter, value any) {
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// sign makes a token as RFC 7515 has it (ES256).
func (t *tokens) sign(user string, granted []access) string {
	now := time.Now().Unix()
	part := func(value any) string {
		content, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(content)
	}
	text := part(map[string]any{"typ": "JWT", "alg": "ES256", "x5c": []string{base64.StdEncoding.EncodeToString(t.certificate)}}) + "." +
		part(map[string]any{"iss": "tokens", "sub": user, "aud": "registry", "exp": now + 300, "nbf": now - 60, "iat": now, "jti": "1", "access": granted})
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, t.key, sum[:])
	if err != nil {
		panic(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
