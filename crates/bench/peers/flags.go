// The flags as a Go programmer would fetch them: goroutines, one client, connections kept. Usage: flags LINES CONCURRENCY,
// where LINES is a file with "-o FILE URL" a line. Flags that do not exist are left out; any other failure ends the program.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	lines, err := os.ReadFile(os.Args[1])
	check(err)
	concurrency, err := strconv.Atoi(os.Args[2])
	check(err)
	// By default it keeps 2 idle connections to a host, and closes the others.
	transport := &http.Transport{MaxConnsPerHost: concurrency, MaxIdleConnsPerHost: concurrency}
	client := &http.Client{Transport: transport, Timeout: time.Minute}

	queue := make(chan string)
	var workers sync.WaitGroup
	for i := 0; i < concurrency; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for line := range queue {
				fields := strings.Fields(line)
				download(client, fields[1], fields[2])
			}
		}()
	}
	for _, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
		queue <- line
	}
	close(queue)
	workers.Wait()
}

func download(client *http.Client, file, url string) {
	response, err := client.Get(url)
	check(err)
	defer response.Body.Close()
	image, err := io.ReadAll(response.Body)
	check(err)
	switch response.StatusCode {
	case http.StatusOK:
		check(os.WriteFile(file, image, 0o666))
	case http.StatusNotFound:
	default:
		log.Fatalf("%s: %s", url, response.Status)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
