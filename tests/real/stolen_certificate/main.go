// A server that shows a certificate without having its key: anybody can fetch a certificate. It prints its port, and then
// a line for each request that it could read.
package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
)

func main() {
	log.SetOutput(io.Discard)
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	version, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{block.Bytes}, PrivateKey: key}},
		MaxVersion:   uint16(version),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		fmt.Println(request.URL, request.Header.Get("Authorization"))
	}))
}
