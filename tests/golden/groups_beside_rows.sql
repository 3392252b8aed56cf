-- transactions
SELECT
  (
    SELECT
      '{"totalCount":' || CAST((
        SELECT
          COUNT(*)
        FROM (
          SELECT
            1
          FROM core_transaction AS tra2
          WHERE
            TRUE
          LIMIT CAST($1 AS BIGINT)
        ) AS seen3
      ) AS TEXT) || ',"nodes":' || '[' || COALESCE(
        STRING_AGG(page.list0, ','
        ORDER BY
          page.page_row) FILTER(WHERE
          page.page_row <= 1),
        ''
      ) || ']' || ',"pageInfo":' || '{"hasNextPage":' || CAST((
        COUNT(*) > 1
      ) AS TEXT) || '}' || ',"aggregate":' || (
        SELECT
          '{"count":' || CAST(sum5.p0 AS TEXT) || ',"countDistinct":' || '{"channel":' || CAST(sum5.p1 AS TEXT) || ',"scenario":' || CAST(sum5.p2 AS TEXT) || '}' || ',"avg":' || '{"total":' || sum5.l0 || '}' || '}'
        FROM (
          SELECT
            MAX(part.p0) FILTER(WHERE
              part.gc0 = 1) AS p0,
            MAX(part.p1) FILTER(WHERE
              part.gc0 = 1) AS p1,
            MAX(part.p2) FILTER(WHERE
              part.gc0 = 1) AS p2,
            MAX(part.p3) FILTER(WHERE
              part.gc0 = 1) AS p3,
            MAX(part.p4) FILTER(WHERE
              part.gc0 = 1) AS p4,
            '[' || COALESCE(
              STRING_AGG(
                
                  '{"amount":' || '"' || CAST((
                    CASE
                      WHEN part.p4 > 0
                      THEN DIV(part.p3, part.p4) + CASE
                        WHEN 2 * ABS(part.p3 % part.p4) > part.p4
                        OR (
                          2 * ABS(part.p3 % part.p4) = part.p4 AND DIV(part.p3, part.p4) % 2 <> 0
                        )
                        THEN SIGN(part.p3)
                        ELSE 0
                      END
                    END * CASE
                      WHEN part.c0 IN (
                        'BHD',
                        'BIF',
                        'CLF',
                        'CLP',
                        'DJF',
                        'GNF',
                        'IQD',
                        'ISK',
                        'JOD',
                        'JPY',
                        'KMF',
                        'KRW',
                        'KWD',
                        'LYD',
                        'OMR',
                        'PYG',
                        'RWF',
                        'TND',
                        'UGX',
                        'UYI',
                        'UYW',
                        'VND',
                        'VUV',
                        'XAF',
                        'XOF',
                        'XPF'
                      )
                      THEN CASE SERAI_EXPONENT(part.c0) WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.0001 END
                      ELSE 0.01
                    END
                  ) AS TEXT) || '"' || ',"currency":' || '"' || part.c0 || '"' || '}',
                  ','
                
                ORDER BY
                  part.c0 COLLATE "C"
              ) FILTER(WHERE
                part.gc0 = 0 AND part.c0 IS NOT NULL AND part.p3 IS NOT NULL),
              ''
            ) || ']' AS l0
          FROM (
            SELECT
              c0,
              GROUPING(c0) AS gc0,
              COUNT(*) AS p0,
              COUNT(DISTINCT v0) AS p1,
              COUNT(DISTINCT v1) AS p2,
              SUM(v2) AS p3,
              COUNT(v2) AS p4
            FROM (
              SELECT
                tra4.total_currency AS c0,
                tra4.channel AS v0,
                tra4.scenario_id AS v1,
                tra4.total_minor AS v2
              FROM core_transaction AS tra4
              WHERE
                TRUE
            ) AS vals
            GROUP BY
              GROUPING SETS (
                (),
                (
                  c0
                )
              )
          ) AS part
        ) AS sum5
      ) || ',"groups":' || (
        WITH sum8 AS (
          SELECT
            sum8.*
          FROM (
            SELECT
              k0,
              k1,
              MAX(part.p0) AS p0,
              CAST(COALESCE(SUM(part.p1), 0) AS BIGINT) AS p1,
              SUM(part.p2) AS p2,
              '[' || COALESCE(
                STRING_AGG(
                  
                    '{"amount":' || '"' || CAST((
                      part.p2 * CASE
                        WHEN part.c0 IN (
                          'BHD',
                          'BIF',
                          'CLF',
                          'CLP',
                          'DJF',
                          'GNF',
                          'IQD',
                          'ISK',
                          'JOD',
                          'JPY',
                          'KMF',
                          'KRW',
                          'KWD',
                          'LYD',
                          'OMR',
                          'PYG',
                          'RWF',
                          'TND',
                          'UGX',
                          'UYI',
                          'UYW',
                          'VND',
                          'VUV',
                          'XAF',
                          'XOF',
                          'XPF'
                        )
                        THEN CASE SERAI_EXPONENT(part.c0) WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.0001 END
                        ELSE 0.01
                      END
                    ) AS TEXT) || '"' || ',"currency":' || '"' || part.c0 || '"' || '}',
                    ','
                  
                  ORDER BY
                    part.c0 COLLATE "C"
                ) FILTER(WHERE
                  part.c0 IS NOT NULL AND part.p2 IS NOT NULL),
                ''
              ) || ']' AS l0
            FROM (
              SELECT
                k0,
                k1,
                c0,
                MAX(v0) AS p0,
                COUNT(*) AS p1,
                SUM(v1) AS p2
              FROM (
                SELECT
                  sce10.slug AS k0,
                  DATE_TRUNC('YEAR', tra7.placed_at, CAST($2 AS TEXT)) AS k1,
                  tra7.total_currency AS c0,
                  CASE WHEN tra7.total_currency = CAST($3 AS TEXT) THEN tra7.total_minor END AS v0,
                  tra7.total_minor AS v1
                FROM core_transaction AS tra7
                LEFT JOIN core_scenario AS sce10
                  ON sce10.id = tra7.scenario_id
                WHERE
                  TRUE
              ) AS vals
              GROUP BY
                k0,
                k1,
                c0
            ) AS part
            GROUP BY
              k0,
              k1
          ) AS sum8
          WHERE
            sum8.p1 >= CAST($4 AS BIGINT)
        ), page9 AS (
          SELECT
            sum8.*,
            ROW_NUMBER() OVER (ORDER BY sum8.p0 DESC NULLS LAST, sum8.k0 COLLATE "C", sum8.k1) AS place
          FROM sum8
          ORDER BY
            sum8.p0 DESC NULLS LAST,
            sum8.k0 COLLATE "C",
            sum8.k1
          LIMIT 4
        )
        SELECT
          '{"totalCount":' || CAST((
            SELECT
              COUNT(*)
            FROM sum8
          ) AS TEXT) || ',"edges":' || '[' || ARRAY_TO_STRING(
            ARRAY(SELECT
              '{"node":' || '{"keys":' || '{"scenario":' || '{"slug":' || COALESCE(CAST(TO_JSON(sum8.k0) AS TEXT), 'null') || '}' || ',"placedAt":' || COALESCE(
                '"' || CASE
                  WHEN sum8.k1 BETWEEN '0001-01-01T00:00:00.000000Z' AND '9999-12-31T23:59:59.999999Z'
                  THEN TO_CHAR(sum8.k1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                  WHEN sum8.k1 > '9999-12-31T23:59:59.999999Z'
                  THEN '9999-12-31T23:59:59.999999Z'
                  WHEN sum8.k1 < '0001-01-01T00:00:00.000000Z'
                  THEN '0001-01-01T00:00:00.000000Z'
                END || '"',
                'null'
              ) || '}' || ',"aggregate":' || '{"count":' || CAST(sum8.p1 AS TEXT) || ',"sum":' || '{"total":' || sum8.l0 || '}' || '}' || '}' || '}'
            FROM page9 AS sum8
            WHERE
              sum8.place <= 3
            ORDER BY
              sum8.place),
            ','
          ) || ']' || ',"pageInfo":' || '{"hasNextPage":' || CAST((
            (
              SELECT
                COUNT(*)
              FROM page9
            ) > 3
          ) AS TEXT) || '}' || '}'
      ) || '}'
    FROM (
      SELECT
        tra1.page_row,
        TRANSLATE(
          ENCODE(
            CONVERT_TO(
              '["6201838a3c14",' || CAST(TO_JSON(CAST((
                tra1.number
              ) AS TEXT)) AS TEXT) || ',' || CAST(TO_JSON(CAST((
                tra1.id
              ) AS TEXT)) AS TEXT) || ']',
              'UTF8'
            ),
            'base64'
          ),
          e'\n',
          ''
        ) AS mark,
        CASE
          WHEN tra1.page_row <= 1
          THEN '{"number":' || CAST(TO_JSON(tra1.number) AS TEXT) || '}'
        END AS list0
      FROM (
        SELECT
          tra1.*,
          ROW_NUMBER() OVER (ORDER BY tra1.number COLLATE "C", tra1.id) AS page_row
        FROM (
          SELECT
            tra1.*
          FROM core_transaction AS tra1
          WHERE
            TRUE
          ORDER BY
            tra1.number COLLATE "C",
            tra1.id
          LIMIT 2
        ) AS tra1
      ) AS tra1
    ) AS page
    HAVING
      TRUE
  );
