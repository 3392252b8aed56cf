-- customers
SELECT
  '{"nodes":' || '[' || ARRAY_TO_STRING(
    ARRAY(SELECT
      '{"name":' || COALESCE(CAST(TO_JSON(cus1.name) AS TEXT), 'null') || ',"transactions":' || '{"aggregate":' || (
        SELECT
          '{"sum":' || '{"total":' || sum8.l0 || '}' || '}'
        FROM (
          SELECT
            SUM(part.p0) AS p0,
            '[' || COALESCE(
              STRING_AGG(
                
                  '{"amount":' || '"' || CAST((
                    part.p0 * CASE
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
                part.c0 IS NOT NULL AND part.p0 IS NOT NULL),
              ''
            ) || ']' AS l0
          FROM (
            SELECT
              c0,
              SUM(v0) AS p0
            FROM (
              SELECT
                tra7.total_currency AS c0,
                tra7.total_minor AS v0
              FROM core_transaction AS tra7
              WHERE
                tra7.customer_id = cus1.id
            ) AS vals
            GROUP BY
              c0
          ) AS part
        ) AS sum8
      ) || '}' || '}'
    FROM (
      SELECT
        cus1.*,
        (
          SELECT
            sum3.p0
          FROM (
            SELECT
              SUM(v0) AS p0
            FROM (
              SELECT
                CASE WHEN tra2.total_currency = CAST($1 AS TEXT) THEN tra2.total_minor END AS v0
              FROM core_transaction AS tra2
              WHERE
                tra2.customer_id = cus1.id
            ) AS vals
          ) AS sum3
        ) AS page_key0
      FROM core_customer AS cus1
      WHERE
        (
          SELECT
            sum6.p0 >= CAST($2 AS BIGINT)
            AND (
              NOT (
                sum6.p1 >= CAST($3 AS BIGINT)
              ) IS TRUE
            )
          FROM (
            SELECT
              COUNT(*) AS p0,
              SUM(v0) AS p1
            FROM (
              SELECT
                CASE WHEN tra5.total_currency = CAST($4 AS TEXT) THEN tra5.total_minor END AS v0
              FROM core_transaction AS tra5
              WHERE
                tra5.customer_id = cus1.id
            ) AS vals
          ) AS sum6
        )
      ORDER BY
        (
          SELECT
            sum3.p0
          FROM (
            SELECT
              SUM(v0) AS p0
            FROM (
              SELECT
                CASE WHEN tra2.total_currency = CAST($1 AS TEXT) THEN tra2.total_minor END AS v0
              FROM core_transaction AS tra2
              WHERE
                tra2.customer_id = cus1.id
            ) AS vals
          ) AS sum3
        ) DESC NULLS LAST,
        cus1.name COLLATE "C",
        cus1.id
      LIMIT 4
    ) AS cus1
    ORDER BY
      cus1.page_key0 DESC NULLS LAST,
      cus1.name COLLATE "C",
      cus1.id),
    ','
  ) || ']' || '}';
