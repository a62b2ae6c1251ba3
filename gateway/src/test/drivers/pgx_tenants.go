// pgx: its pool with its statement cache, and SET search_path before each acquire. Once with the
// statements prepared by name, once described without a name.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgconn/stmtcache"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const rounds = 40

func request(ctx context.Context, pool *pgxpool.Pool, tenant string) error {
	connection, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	if _, err = connection.Exec(ctx, "SET search_path TO tenant_"+tenant); err != nil {
		return err
	}
	if _, err = connection.Exec(ctx, "INSERT INTO item(name) VALUES ($1)", tenant); err != nil {
		return err
	}
	var zero int
	err = connection.QueryRow(ctx, "SELECT 1 / $1::int", 0).Scan(&zero)
	if failure, ok := err.(*pgconn.PgError); !ok || failure.Code != "22012" {
		return fmt.Errorf("division by zero: %v", err)
	}
	batch := &pgx.Batch{}
	batch.Queue("SELECT tenant FROM mark")
	batch.Queue("SELECT min(name || '/' || note) FROM item WHERE name <> $1", "nobody")
	batch.Queue("SELECT max(name || '/' || note) FROM item WHERE name <> $1", "nobody")
	results := connection.SendBatch(ctx, batch)
	defer results.Close()
	for _, expected := range []string{tenant, tenant + "/new", tenant + "/new"} {
		var found string
		if err = results.QueryRow().Scan(&found); err != nil {
			return err
		}
		if found != expected {
			return fmt.Errorf("%s was shown %s", tenant, found)
		}
	}
	return nil
}

func run(mode int) error {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(fmt.Sprintf(
		"postgres://app:secret@%s:%s/app?pool_max_conns=8", os.Getenv("HOST"), os.Getenv("PORT")))
	if err != nil {
		return err
	}
	config.ConnConfig.BuildStatementCache = func(connection *pgconn.PgConn) stmtcache.Cache {
		return stmtcache.New(connection, mode, 100)
	}
	pool, err := pgxpool.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err = request(ctx, pool, "acme"); err != nil {
		return err
	}
	if err = request(ctx, pool, "globex"); err != nil { // lags until this
		return err
	}
	var workers sync.WaitGroup
	failures := make(chan error, 8)
	for number := 0; number < 8; number++ {
		workers.Add(1)
		go func(number int) {
			defer workers.Done()
			for i := 0; i < rounds; i++ {
				if err := request(ctx, pool, []string{"acme", "globex"}[(i+number)%2]); err != nil {
					failures <- err
					return
				}
			}
		}(number)
	}
	workers.Wait()
	close(failures)
	return <-failures
}

func main() {
	for _, mode := range []int{stmtcache.ModePrepare, stmtcache.ModeDescribe} {
		if err := run(mode); err != nil {
			fmt.Println(mode, err)
			os.Exit(1)
		}
	}
	fmt.Printf("pgx 4, %d requests\n", 2*8*rounds)
}
